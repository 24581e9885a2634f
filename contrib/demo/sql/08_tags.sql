-- Pairs of tags that appear together most often.
SELECT a.name AS one, b.name AS other, count(*) AS n
FROM package_tag x
JOIN package_tag y ON y.package_id = x.package_id AND y.tag_id > x.tag_id
JOIN tag a ON a.id = x.tag_id
JOIN tag b ON b.id = y.tag_id
GROUP BY a.name, b.name
ORDER BY n DESC, one, other
LIMIT 12;
