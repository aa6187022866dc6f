import type { HostDatabase } from './sql';

interface Generator {
  generate(): number | bigint | string;
}

interface FieldTypes {
  readonly fieldTypes: Map<string, { app?: { snowflakeIdGenerator?: Generator } }>;
}

/** New row ids from the host's own generator (which knows this node's number), as strings of digits. */
export function idSource(db: HostDatabase): () => string {
  const { fieldTypes } = db as unknown as FieldTypes;
  return () => {
    const generator = fieldTypes.get('snowflakeId')?.app?.snowflakeIdGenerator;
    if (!generator) throw new Error('The host has no snowflake id generator yet: the application is not loaded.');
    return String(generator.generate());
  };
}
