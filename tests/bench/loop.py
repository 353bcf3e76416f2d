import json, re
rows = [{"name": "n%d" % (i * 7919 % 10007), "value": i / 3} for i in range(60000)]
text = json.dumps(rows)
print(len(text), len(json.loads(text)), len(re.findall(r'"n([1-4]+)"', text)))
print(sum(i * i for i in range(3000000)), sorted(text.split())[5])
