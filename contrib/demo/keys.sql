-- keys.sql - keys, references and indexes, made after loading.
ALTER TABLE section ADD CONSTRAINT section_name_key UNIQUE (name);
ALTER TABLE maintainer ADD CONSTRAINT maintainer_name_email_key UNIQUE (name, email);
ALTER TABLE source ADD CONSTRAINT source_name_key UNIQUE (name);
ALTER TABLE tag ADD CONSTRAINT tag_name_key UNIQUE (name);
ALTER TABLE package ADD CONSTRAINT package_name_key UNIQUE (name);

ALTER TABLE package ADD CONSTRAINT package_priority_check
    CHECK (priority IN ('required', 'important', 'standard', 'optional', 'extra'));
ALTER TABLE dependency ADD CONSTRAINT dependency_kind_check
    CHECK (kind IN ('pre-depends', 'depends', 'recommends', 'suggests', 'enhances',
                    'breaks', 'conflicts', 'replaces'));
ALTER TABLE dependency ADD CONSTRAINT dependency_relation_check
    CHECK (relation IN ('<<', '<=', '=', '>=', '>>'));

ALTER TABLE package ADD CONSTRAINT package_section_id_fkey
    FOREIGN KEY (section_id) REFERENCES section (id);
ALTER TABLE package ADD CONSTRAINT package_maintainer_id_fkey
    FOREIGN KEY (maintainer_id) REFERENCES maintainer (id);
ALTER TABLE package ADD CONSTRAINT package_source_id_fkey
    FOREIGN KEY (source_id) REFERENCES source (id);
ALTER TABLE dependency ADD CONSTRAINT dependency_package_id_fkey
    FOREIGN KEY (package_id) REFERENCES package (id) ON DELETE CASCADE;
ALTER TABLE dependency ADD CONSTRAINT dependency_target_id_fkey
    FOREIGN KEY (target_id) REFERENCES package (id) ON DELETE SET NULL;
ALTER TABLE package_tag ADD CONSTRAINT package_tag_package_id_fkey
    FOREIGN KEY (package_id) REFERENCES package (id) ON DELETE CASCADE;
ALTER TABLE package_tag ADD CONSTRAINT package_tag_tag_id_fkey
    FOREIGN KEY (tag_id) REFERENCES tag (id) ON DELETE CASCADE;

CREATE INDEX package_section_id_idx ON package (section_id);
CREATE INDEX package_maintainer_id_idx ON package (maintainer_id);
CREATE INDEX package_source_id_idx ON package (source_id);
CREATE INDEX dependency_package_id_idx ON dependency (package_id);
CREATE INDEX dependency_target_id_idx ON dependency (target_id);
CREATE INDEX package_tag_tag_id_idx ON package_tag (tag_id);

ANALYZE;
