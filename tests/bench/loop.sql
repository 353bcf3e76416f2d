create table t(a integer primary key, b text, c real);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 200000)
    insert into t select i, hex(i * 7919 % 10007), i / 3.0 from n;
create index tb on t(b);
select count(*), sum(c) from t where b like '3%';
select b, count(*) from t group by b order by 2 desc, 1 limit 5;
