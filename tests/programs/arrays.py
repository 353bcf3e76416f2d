"""Numbers in arrays: linear algebra in threads of its library, transforms, files that are mapped."""

import tempfile

import numpy

square = numpy.arange(40_000, dtype=float).reshape(200, 200) % 7 + numpy.eye(200) * 500
print(abs(square @ numpy.linalg.inv(square) - numpy.eye(200)).max() < 1e-9)
print(numpy.fft.fft(numpy.arange(8)).real.round(9).tolist())
print(numpy.sort(numpy.random.default_rng(3).integers(0, 1000, 10_000))[::1000].tolist())
print(numpy.linalg.eigvalsh(square + square.T)[:3].round(6).tolist())
with tempfile.NamedTemporaryFile(suffix=".npy") as file:
    numpy.save(file, square)
    file.flush()
    print(numpy.load(file.name, mmap_mode="r").sum())
