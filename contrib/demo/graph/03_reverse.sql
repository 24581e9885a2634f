SELECT json_build_object('name', z.name, 'version', z.version,
  'section', (SELECT json_build_object('name', s.name) FROM section s WHERE s.id = z.section_id),
  'dependency_by_target', (
    SELECT coalesce(json_agg(json_build_object('relation', d.relation, 'version', d.version,
               'package', json_build_object('name', d.name, 'summary', d.summary)) ORDER BY d.name, d.id), '[]')
    FROM (SELECT d.id, d.relation, d.version, p.name, p.summary
          FROM dependency d JOIN package p ON p.id = d.package_id
          WHERE d.target_id = z.id AND d.kind = 'pre-depends'
          ORDER BY p.name, d.id LIMIT 10) d))
FROM package z
WHERE z.name = 'zlib1g';
