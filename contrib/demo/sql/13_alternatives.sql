-- The longest lists of alternatives.
SELECT p.name, d.kind, d.group_no, count(*) AS alternatives,
       string_agg(d.target_name, ' | ' ORDER BY d.alternative) AS choice
FROM dependency d JOIN package p ON p.id = d.package_id
GROUP BY p.id, p.name, d.kind, d.group_no
HAVING count(*) >= 8
ORDER BY alternatives DESC, p.name, d.kind, d.group_no
LIMIT 10;
