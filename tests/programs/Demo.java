// What Java's runtime leans on: compiled code, threads, a collector, sockets, files, and faults that become exceptions.
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

public class Demo {
    static int depth(int n) {
        return depth(n + 1) + 1;
    }

    public static void main(String[] args) throws Exception {
        var workers = Executors.newFixedThreadPool(4);
        List<Future<Long>> sums = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            long factor = i;
            sums.add(workers.submit(() -> {
                long sum = 0;
                for (int j = 0; j < 500_000; j++) sum += j * factor % 7;
                return sum;
            }));
        }
        long total = 0;
        for (var sum : sums) total += sum.get();
        workers.shutdown();
        System.out.println("total " + total);

        List<byte[]> kept = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            kept.add(new byte[100_000]);
            if (kept.size() > 20) kept.remove(0);
        }
        System.gc();
        System.out.println("kept " + kept.size());

        var listener = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        new Thread(() -> {
            try (Socket socket = listener.accept()) {
                socket.getOutputStream().write(socket.getInputStream().readNBytes(5));
            } catch (java.io.IOException error) {
                System.out.println(error);
            }
        }).start();
        try (Socket socket = new Socket(listener.getInetAddress(), listener.getLocalPort())) {
            socket.getOutputStream().write("hello".getBytes());
            System.out.println(new String(socket.getInputStream().readAllBytes()));
        }

        Path file = Files.createTempFile("demo", ".txt");
        Files.writeString(file, "one\ntwo\n");
        System.out.println(Files.readAllLines(file));
        Files.delete(file);

        try {
            Object none = args.length > 5 ? "some" : null;
            none.hashCode();
        } catch (NullPointerException error) {
            System.out.println("nothing there");
        }
        try {
            depth(0);
        } catch (StackOverflowError error) {
            System.out.println("too deep");
        }
        System.exit(3);
    }
}
