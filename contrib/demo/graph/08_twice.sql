SELECT json_build_object('package', p.name, 'version', p.version,
  'needs', (SELECT coalesce(json_agg(json_build_object('target_name', d.target_name, 'relation', d.relation,
                                                       'version', d.version) ORDER BY d.id), '[]')
            FROM dependency d WHERE d.package_id = p.id AND d.kind IN ('depends', 'pre-depends')),
  'likes', (SELECT coalesce(json_agg(json_build_object('kind', d.kind, 'target_name', d.target_name)
                                     ORDER BY d.kind DESC, d.target_name, d.id), '[]')
            FROM (SELECT * FROM dependency d WHERE d.package_id = p.id AND d.kind IN ('recommends', 'suggests')
                  ORDER BY d.kind DESC, d.target_name, d.id LIMIT 4) d))
FROM package p
WHERE p.name IN ('bash', 'git', 'vim', 'postgresql-15')
ORDER BY p.name;
