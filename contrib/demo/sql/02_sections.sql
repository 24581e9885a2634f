-- How many packages, and how much disk, each section has.
SELECT s.name, count(*) AS packages, sum(p.installed_size) AS kib,
       round(avg(p.installed_size), 2) AS average
FROM section s JOIN package p ON p.section_id = s.id
GROUP BY s.id, s.name
ORDER BY packages DESC, s.name;
