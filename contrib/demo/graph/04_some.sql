SELECT json_build_object('name', p.name, 'tag', (
    SELECT coalesce(json_agg(json_build_object('name', t.name) ORDER BY t.name), '[]')
    FROM package_tag pt JOIN tag t ON t.id = pt.tag_id WHERE pt.package_id = p.id))
FROM package p JOIN section s ON s.id = p.section_id
WHERE s.name <> 'libs'
  AND EXISTS (SELECT 1 FROM package_tag pt JOIN tag t ON t.id = pt.tag_id
              WHERE pt.package_id = p.id AND t.name = 'suite::postgresql')
ORDER BY p.name
LIMIT 25;
