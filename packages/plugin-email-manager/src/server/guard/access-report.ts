import type { Application } from '@nocobase/server';
import type { AccessLine } from '../../shared/api';
import { trusted } from './trusted';
import { computeVisibility, holdsViewAll } from './visibility';

interface Finder {
  findAll(options: Record<string, unknown>): Promise<Record<string, unknown>[]>;
}

const finder = (app: Application, collection: string): Finder => app.db.getModel(collection) as unknown as Finder;

/** Actions by which whoever may call them gets at any table of the database, past every rule of the application. */
const SQL_ACTIONS = ['sqlCollection:execute', 'flowSql:run', 'backups:create', 'backupFiles:create'];

function mayRunSql(app: Application, role: string): boolean {
  if (role === 'root') return true;
  const found = app.acl.getRole(role);
  return found !== undefined && SQL_ACTIONS.some((action) => found.snippetAllowed(action) === true);
}

/**
 * Who can read the mail of a mailbox, and by which rule: `owner` and `member` (rows of mailAccountMembers), `viewAll`
 * (the right to see everyone's mail), `databaseOwner` (may run SQL inside NocoBase and so read the tables themselves).
 * Computed for each person by the function that the guard asks. The caller must have checked that the person who asks
 * sees the mailbox. One person has one line for each rule that holds.
 */
export function accessReport(app: Application, accountId: string): Promise<AccessLine[]> {
  return trusted('who can read this', async () => {
    const raw = { raw: true };
    const members = await finder(app, 'mailAccountMembers').findAll({ ...raw, where: { accountId } });
    const roleOfMember = new Map(members.map((row) => [String(row.userId), String(row.role)]));
    const rolesOf = new Map<string, string[]>();
    for (const row of await finder(app, 'rolesUsers').findAll({ ...raw, attributes: ['userId', 'roleName'] })) {
      const userId = String(row.userId);
      rolesOf.set(userId, [...(rolesOf.get(userId) ?? []), String(row.roleName)]);
    }
    const holders = [...rolesOf]
      .filter(([, roles]) => roles.some((role) => holdsViewAll(app, [role])))
      .map(([id]) => id);
    const runners = [...rolesOf].filter(([, roles]) => roles.some((role) => mayRunSql(app, role))).map(([id]) => id);
    const candidates = [...new Set([...roleOfMember.keys(), ...holders, ...runners])];
    const users = await finder(app, 'users').findAll({
      ...raw,
      attributes: ['id', 'nickname', 'username'],
      where: { id: candidates },
    });

    const lines: AccessLine[] = [];
    for (const user of users) {
      const userId = String(user.id);
      const line = (rule: string) =>
        lines.push({ userId, nickname: String(user.nickname ?? user.username ?? userId), rule });
      const seen = await computeVisibility(app, { userId, roles: rolesOf.get(userId) ?? [] });
      if (seen.viewAllIds.includes(accountId)) line('viewAll');
      else if (seen.accountIds.includes(accountId)) line(roleOfMember.get(userId) === 'owner' ? 'owner' : 'member');
      if (runners.includes(userId)) line('databaseOwner');
    }
    const order = ['owner', 'member', 'viewAll', 'databaseOwner'];
    return lines.sort((a, b) => order.indexOf(a.rule) - order.indexOf(b.rule));
  });
}
