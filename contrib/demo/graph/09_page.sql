SELECT json_build_object('data', (
    SELECT json_agg(json_build_object('id', p.id, 'name', p.name, 'maintainer', json_build_object('name', m.name)) ORDER BY p.name)
    FROM (SELECT p.* FROM package p JOIN source s ON s.id = p.source_id
          WHERE s.name = 'postgresql-15' ORDER BY p.name LIMIT 4) p
    JOIN maintainer m ON m.id = p.maintainer_id),
  'has_more', count(*) > 4, 'total', count(*))
FROM package p JOIN source s ON s.id = p.source_id
WHERE s.name = 'postgresql-15';
