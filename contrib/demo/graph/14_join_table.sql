SELECT json_build_object('name', t.name, 'package', (
    SELECT coalesce(json_agg(json_build_object('name', p.name, 'installed_size', p.installed_size,
               'source', json_build_object('name', s.name)) ORDER BY p.installed_size DESC, p.name), '[]')
    FROM (SELECT p.* FROM package_tag pt JOIN package p ON p.id = pt.package_id
          WHERE pt.tag_id = t.id AND p.installed_size IS NOT NULL
          ORDER BY p.installed_size DESC, p.name LIMIT 2) p
    JOIN source s ON s.id = p.source_id))
FROM tag t
WHERE t.name LIKE 'role::%'
ORDER BY t.name;
