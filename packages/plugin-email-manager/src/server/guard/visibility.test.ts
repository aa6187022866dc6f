import { describe, expect, it } from 'vitest';
import { holdsViewAll, VIEW_ALL } from './visibility';

const appWith = (roles: Record<string, string[]>) =>
  ({ acl: { getRole: (name: string) => (roles[name] ? { snippets: new Set(roles[name]) } : undefined) } }) as never;

describe('the right to see everyone’s mail', () => {
  it.each<[what: string, snippets: string[], held: boolean]>([
    ['is held by a role that names it', [VIEW_ALL], true],
    ['is not in the wildcard of all settings', ['pm.*'], false],
    ['is not in the right to manage the plugin', ['pm.email-manager'], false],
    ['is not held by a role that names and denies it', [VIEW_ALL, `!${VIEW_ALL}`], false],
    ['is not held by a role without snippets', [], false],
  ])('%s', (_, snippets, held) => {
    expect(holdsViewAll(appWith({ reader: snippets }), ['reader'])).toBe(held);
  });

  it('is held when one of several roles gives it, and not by a role that does not exist', () => {
    const app = appWith({ plain: ['ui.*'], auditor: [VIEW_ALL] });
    expect(holdsViewAll(app, ['plain', 'auditor'])).toBe(true);
    expect(holdsViewAll(app, ['plain', 'root', 'unknown'])).toBe(false);
  });
});
