\pset footer off
\echo == SQL: the largest packages of the section "database", and who looks after them
SELECT p.name, p.installed_size / 1024 AS mib, m.name AS maintainer
FROM package p
JOIN section s ON s.id = p.section_id
JOIN maintainer m ON m.id = p.maintainer_id
WHERE s.name = 'database'
ORDER BY p.installed_size DESC NULLS LAST, p.name
LIMIT 5;

\echo == Graph: a maintainer, two packages, two dependencies of each, and their maintainers
\pset tuples_only on
\pset format unaligned
SELECT jsonb_pretty(g) FROM graph_query($$
  {"entity": "maintainer", "fields": ["name"], "where": {"name": "Debian PostgreSQL Maintainers"}, "include": {
    "package": {"fields": ["name", "installed_size"], "order_by": [{"installed_size": "desc", "nulls": "last"}, "name"], "limit": 2, "include": {
      "dependency_by_package": {"fields": ["relation", "version"], "where": {"kind": "depends", "target_id": {"is_null": false}},
        "order_by": ["group_no", "alternative"], "limit": 2, "include": {
          "target": {"fields": ["name"], "include": {"maintainer": {"fields": ["name"]}}}}}}}}}
$$) AS g;
\pset tuples_only off
\pset format aligned

\echo
\echo == SQL: all that installing "git" brings with it, by distance
WITH RECURSIVE needed(id, distance) AS (
    SELECT id, 0 FROM package WHERE name = 'git'
    UNION
    SELECT d.target_id, n.distance + 1
    FROM needed n JOIN dependency d ON d.package_id = n.id
    WHERE d.kind IN ('depends', 'pre-depends') AND d.alternative = 1
      AND d.target_id IS NOT NULL AND n.distance < 8
), nearest AS (
    SELECT id, min(distance) AS distance FROM needed GROUP BY id
)
SELECT n.distance, count(*) AS packages, round(sum(p.installed_size) / 1024.0, 1) AS mib, min(p.name) AS first
FROM nearest n JOIN package p ON p.id = n.id
GROUP BY n.distance
ORDER BY n.distance;

\echo == Graph: a maintainer, a package, its source and its dependency written by one request
\echo == (and rolled back, so that the demo stays as it is)
BEGIN;
\pset tuples_only on
\pset format unaligned
SELECT jsonb_pretty(graph_mutate($$
  {"insert": {"entity": "maintainer", "data": {"name": "Ann Example", "email": "ann@example.org",
      "package": {"create": [{"name": "hello-graph", "version": "1.0", "architecture": "all", "priority": "optional",
        "summary": "one request, four tables",
        "section": {"connect": {"name": "misc"}},
        "source": {"create": {"name": "hello-graph"}},
        "dependency_by_package": {"create": [{"kind": "depends", "group_no": 1, "alternative": 1,
          "target_name": "libc6", "target": {"connect": {"name": "libc6"}}}]}}]}},
    "returning": {"fields": ["name"], "include": {"package": {"fields": ["name"], "include": {
      "section": {"fields": ["name"]}, "source": {"fields": ["name"]},
      "dependency_by_package": {"fields": ["kind"], "include": {"target": {"fields": ["name", "version"]}}}}}}}}}
$$));
ROLLBACK;
