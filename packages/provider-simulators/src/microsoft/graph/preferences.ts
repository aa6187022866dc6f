/** What the `Prefer` header of one request asks for. */
export interface Preferences {
  immutableIds: boolean;
  bodyType: 'text' | 'html' | undefined;
  allowUnsafeHtml: boolean;
  maxPageSize: number | undefined;
}

export function readPreferences(header: string | undefined): Preferences {
  const preferences: Preferences = {
    immutableIds: false,
    bodyType: undefined,
    allowUnsafeHtml: false,
    maxPageSize: undefined,
  };
  for (const part of (header ?? '').split(/[,;]/)) {
    const [name = '', value = ''] = part.split('=').map((s) => s.trim().replace(/^"|"$/g, ''));
    switch (name.toLowerCase()) {
      case 'idtype':
        preferences.immutableIds = value.toLowerCase() === 'immutableid';
        break;
      case 'outlook.body-content-type':
        if (value === 'text' || value === 'html') preferences.bodyType = value;
        break;
      case 'outlook.allow-unsafe-html':
        preferences.allowUnsafeHtml = true;
        break;
      case 'odata.maxpagesize':
      case 'maxpagesize':
        if (/^[1-9]\d*$/.test(value)) preferences.maxPageSize = Math.min(1000, Number(value));
        break;
      default:
        break;
    }
  }
  return preferences;
}

/** The header that tells which preferences were followed. */
export function appliedPreferences(preferences: Preferences): Record<string, string> {
  const applied: string[] = [];
  if (preferences.immutableIds) applied.push('IdType="ImmutableId"');
  if (preferences.bodyType) applied.push(`outlook.body-content-type="${preferences.bodyType}"`);
  if (preferences.maxPageSize !== undefined) applied.push(`odata.maxpagesize=${preferences.maxPageSize}`);
  return applied.length === 0 ? {} : { 'preference-applied': applied.join(', ') };
}
