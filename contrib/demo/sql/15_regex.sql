-- Versions with an epoch, and which epoch.
SELECT substring(version from '^([0-9]+):') AS epoch, count(*) AS n
FROM package
WHERE version ~ '^[0-9]+:'
GROUP BY 1
ORDER BY n DESC, epoch;
