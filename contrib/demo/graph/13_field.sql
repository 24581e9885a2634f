SELECT json_build_object('kind', d.kind, 'relation', d.relation, 'version', d.version,
                         'package', json_build_object('name', p.name, 'version', p.version))
FROM dependency d JOIN package p ON p.id = d.package_id
WHERE d.package_id = d.target_id
ORDER BY p.name, d.id
LIMIT 40;
