SELECT json_build_object('name', m.name, 'package', (
  SELECT coalesce(json_agg(json_build_object('name', p.name, 'installed_size', p.installed_size,
      'dependency_by_package', (
        SELECT coalesce(json_agg(json_build_object('kind', d.kind, 'target_name', d.target_name,
            'target', CASE WHEN t.id IS NOT NULL THEN json_build_object('name', t.name,
                 'maintainer', (SELECT json_build_object('name', tm.name) FROM maintainer tm WHERE tm.id = t.maintainer_id)) END)
            ORDER BY d.group_no, d.alternative), '[]')
        FROM (SELECT * FROM dependency d WHERE d.package_id = p.id AND d.kind = 'depends'
              ORDER BY d.group_no, d.alternative LIMIT 2) d
        LEFT JOIN package t ON t.id = d.target_id))
      ORDER BY p.installed_size DESC, p.name), '[]')
  FROM (SELECT * FROM package p WHERE p.maintainer_id = m.id AND p.installed_size IS NOT NULL
        ORDER BY p.installed_size DESC, p.name LIMIT 3) p))
FROM maintainer m
WHERE m.name IN ('Debian Kernel Team', 'Debian PostgreSQL Maintainers')
ORDER BY m.name, m.id;
