-- ON DELETE SET NULL (columns) and SET DEFAULT (columns)
create schema diff_fkey_set;
set search_path = diff_fkey_set;
create table tenant (id int primary key);
create table users (tenant int references tenant on delete cascade, id int, primary key (tenant, id));
create table posts (tenant int references tenant on delete cascade, id int, author int, editor int default 0,
	primary key (tenant, id),
	constraint posts_author foreign key (tenant, author) references users on delete set null (author),
	constraint posts_editor foreign key (tenant, editor) references users on delete set default (editor));
select conname, confdeltype, conkey, confdelsetcols, pg_get_constraintdef(oid) from pg_constraint
 where conrelid = 'posts'::regclass order by 1;
insert into tenant values (1), (2);
insert into users values (1, 0), (1, 10), (1, 11), (2, 10), (2, 12);
insert into posts values (1, 1, 10, 11), (1, 2, 11, 10), (1, 3, null, 0), (2, 1, 10, 12);
delete from users where tenant = 1 and id = 10;
select * from posts order by 1, 2;
delete from users where tenant = 1 and id = 0;
delete from users where tenant = 2 and id = 12;
select * from posts order by 1, 2;
delete from users where id = 11;
select * from posts order by 1, 2;
update users set id = 20 where tenant = 2 and id = 10;
create table bad (a int, b int, c int, foreign key (a, b) references users on delete set null (c));
create table bad (a int, b int, foreign key (a, b) references users on delete set null (d));
create table bad (a int, b int, foreign key (a, b) references users on delete set null (a, d));
create table bad (a int, b int, foreign key (a, b) references users on delete cascade (a));
create table bad (a int, b int, foreign key (a, b) references users on update set null (a));
create table bad (a int, b int, foreign key (a, b) references users on update set default (a) on delete set null (a));
create table one (a int references tenant on delete set null (a), b int references tenant on delete set default (a));
create table one (a int references tenant on delete set null (a), b int default 2 references tenant on delete set default (b));
insert into tenant values (3); insert into one values (3, 3); delete from tenant where id = 3; select * from one;
select conname, confdelsetcols, pg_get_constraintdef(oid) from pg_constraint where conrelid = 'one'::regclass order by 1;
create table later (a int, b int, c text);
alter table later add foreign key (a, b) references users on update cascade on delete set null (b, a);
alter table later add constraint l2 foreign key (a, b) references users on delete set default (c);
alter table later add constraint l3 foreign key (b, a) references users match full on delete set null (a) deferrable initially deferred not valid;
select conname, confdelsetcols, pg_get_constraintdef(oid) from pg_constraint where conrelid = 'later'::regclass order by 1;
alter table later drop constraint l3; alter table later rename b to bb;
alter table later drop column c;
select conname, confdelsetcols, pg_get_constraintdef(oid) from pg_constraint where conrelid = 'later'::regclass order by 1;
insert into users values (2, 30); insert into later values (2, 30); delete from users where id = 30; select * from later;
create table full_key (a int, b int, foreign key (a, b) references users match full on delete set null (b));
insert into users values (2, 31); insert into full_key values (2, 31); delete from users where id = 31;
delete from full_key;
create table nn (a int not null, b int not null, foreign key (a, b) references users on delete set null (b));
insert into nn values (2, 31); delete from users where id = 31;
delete from nn; delete from users where id = 31;
create table parted (k int, a int, b int, foreign key (a, b) references users on delete set null (b)) partition by range (k);
create table parted1 partition of parted for values from (1) to (10);
create table parted2 (b int, k int, a int);
alter table parted attach partition parted2 for values from (10) to (20);
create table parted3 (b int, k int, a int, constraint own_name foreign key (a, b) references users on delete set null (b));
alter table parted attach partition parted3 for values from (20) to (30);
select conrelid::regclass, conname, confdelsetcols, conparentid <> 0, pg_get_constraintdef(oid) from pg_constraint
 where conrelid::regclass::text in ('parted', 'parted1') and contype = 'f' order by 1::text, 2;
insert into users values (2, 31), (2, 32); insert into parted values (1, 2, 31), (2, 2, 32), (11, 2, 31), (12, 2, 32), (21, 2, 31);
delete from users where id = 31; select * from parted order by k;
drop table users cascade;
drop schema diff_fkey_set cascade;
