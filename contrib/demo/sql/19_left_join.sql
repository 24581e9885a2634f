-- Tags that are used least.
SELECT t.name, count(pt.package_id) AS uses
FROM tag t LEFT JOIN package_tag pt ON pt.tag_id = t.id
GROUP BY t.id, t.name
ORDER BY uses, t.name
LIMIT 20;
