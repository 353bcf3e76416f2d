local t = {}
for i = 1, 300000 do t[i] = string.format("%d:%g", i, i / 3) end
table.sort(t)
local n = 0
for i = 1, 20000000 do n = n + i % 7 end
print(#table.concat(t), t[1], n)
