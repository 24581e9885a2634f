SELECT json_build_object('name', s.name, 'package', (
    SELECT coalesce(json_agg(json_build_object('name', p.name, 'architecture', p.architecture) ORDER BY p.name), '[]')
    FROM (SELECT * FROM package p WHERE p.source_id = s.id ORDER BY p.name OFFSET 1 LIMIT 2) p))
FROM source s
WHERE (SELECT count(*) FROM package p WHERE p.source_id = s.id) > 100
ORDER BY s.name
LIMIT 12;
