-- Sources that build the most packages, with the first and the last name.
SELECT s.name, count(*) AS packages, min(p.name) AS first, max(p.name) AS last,
       count(DISTINCT p.section_id) AS sections
FROM source s JOIN package p ON p.source_id = s.id
GROUP BY s.id, s.name
ORDER BY packages DESC, s.name
LIMIT 12;
