import type { LeakWorld, Mailbox } from './leak-world';

export interface Path {
  name: string;
  method: 'GET' | 'POST';
  url: string;
  body?: unknown;
}

const encode = (value: unknown): string => encodeURIComponent(JSON.stringify(value));
const get = (url: string): Path => ({ name: url, method: 'GET', url });
const post = (url: string, body: unknown = {}): Path => ({ name: url, method: 'POST', url, body });

/** NocoBase's generic actions on any collection. */
const GENERIC_WRITES = ['create', 'update', 'destroy', 'move', 'firstOrCreate', 'updateOrCreate'];
const ASSOCIATION_WRITES = [
  'add',
  'set',
  'remove',
  'toggle',
  'create',
  'update',
  'destroy',
  'firstOrCreate',
  'updateOrCreate',
];

interface Association {
  name: string;
  target: string;
}

/** The associations of a collection, as the running application knows them. */
function associationsOf(world: LeakWorld, collection: string): Association[] {
  return [...(world.db.getCollection(collection)?.fields.values() ?? [])]
    .map((field) => ({ name: field.name as string, target: (field.options as { target?: string }).target ?? '' }))
    .filter(({ target }) => target !== '');
}

const textFieldOf = (world: LeakWorld, collection: string): string | undefined =>
  [...(world.db.getCollection(collection)?.fields.values() ?? [])]
    .filter((field) => ['string', 'text'].includes(field.type as string))
    .map((field) => field.name as string)[0];

/** Chains of associations up to a depth, as `appends` takes them. */
function chains(world: LeakWorld, collection: string, depth: number, prefix = ''): string[] {
  if (depth === 0) return [];
  return associationsOf(world, collection).flatMap(({ name, target }) => [
    `${prefix}${name}`,
    ...chains(world, target, depth - 1, `${prefix}${name}.`),
  ]);
}

/** Row of a mailbox in a collection, for paths that name one. */
const ROW_OF: Partial<Record<string, keyof Mailbox>> = {
  mailAccounts: 'account',
  mailAccountMembers: 'member',
  mailFolders: 'folder',
  mailLabels: 'label',
  mailThreads: 'thread',
  mailMessages: 'message',
  mailParticipants: 'participant',
  mailAttachments: 'attachment',
};

const rowIn = (box: Mailbox, collection: string): string => {
  const key = ROW_OF[collection];
  return key ? box[key] : String(Number(box.account) + 19);
};

/** Generic reads of one collection in every shape, aimed at one mailbox. */
export function readsOf(world: LeakWorld, collection: string, box: Mailbox, depth = 2): Path[] {
  const id = rowIn(box, collection);
  const field = textFieldOf(world, collection) ?? 'id';
  const columns = [{ dataIndex: [field], title: field, defaultTitle: field }];
  const paths = [
    get(`${collection}:list?page=1&pageSize=200`),
    get(`${collection}:list?page=1&fields=${field}`),
    get(`${collection}:list?paginate=false`),
    get(`${collection}:list?page=1&filter=${encode({ $or: [{ id }, { 'id.$ne': 0 }] })}`),
    get(`${collection}:get?filterByTk=${id}`),
    get(`${collection}:get/${id}`),
    get(`${collection}?page=1`),
    post(`${collection}:query`, { dimensions: [{ field: [field], alias: 'x' }] }),
    post(`${collection}:query`, { measures: [{ field: [field], aggregation: 'max', alias: 'x' }] }),
    post('charts:queryData', chart(collection, [field])),
    post(`${collection}:export`, { title: 'x', columns, filter: {} }),
    get(`dataSources/main/collections:list?filter=${encode({ name: collection })}`),
  ];
  for (const chain of chains(world, collection, depth)) {
    paths.push(get(`${collection}:list?page=1&appends=${chain}`));
    if (chain.split('.').length > 2) continue;
    paths.push(get(`${collection}:get?filterByTk=${id}&appends=${chain}`));
    paths.push(get(`${collection}:list?page=1&fields=${chain}.id,${chain}.subject,${chain}.address`));
  }
  for (const { name, target } of associationsOf(world, collection)) {
    const key = rowIn(box, target);
    const targetField = textFieldOf(world, target) ?? 'id';
    paths.push(get(`${collection}/${id}/${name}:list?page=1`));
    paths.push(get(`${collection}/${id}/${name}:list?paginate=false`));
    paths.push(get(`${collection}/${id}/${name}:get?filterByTk=${key}`));
    for (const chain of chains(world, target, depth - 1)) {
      paths.push(get(`${collection}/${id}/${name}:list?page=1&appends=${chain}`));
    }
    paths.push(get(`${collection}:list?page=1&sort=${name}.${targetField}`));
    paths.push(post('charts:queryData', chart(collection, [name, targetField])));
    paths.push(post(`${collection}:query`, { dimensions: [{ field: [name, targetField], alias: 'x' }] }));
    const nested = [{ dataIndex: [name, targetField], title: 'x', defaultTitle: 'x' }];
    paths.push(post(`${collection}:export`, { title: 'x', columns: nested, filter: {} }));
  }
  return paths;
}

function chart(collection: string, field: string[]) {
  return {
    dataSource: 'main',
    collection,
    dimensions: [{ field, alias: 'x' }],
    mode: 'builder',
    variableResolution: 'legacy-schema',
  };
}

/** Reads from users, through associations that an administrator added in the interface. */
export function readsFromUsers(world: LeakWorld, userId: number, box: Mailbox): Path[] {
  return ['mails', 'lastMail', 'shared', 'boxes'].flatMap((name) => [
    get(`users:list?appends=${name}`),
    get(`users:get?filterByTk=${userId}&appends=${name}`),
    get(`users:list?appends=${name}.participants,${name}.account,${name}.thread,${name}.messages,${name}.members`),
    get(`users:list?fields=id,${name}.subject,${name}.address`),
    get(`users/${userId}/${name}:list`),
    get(`users/${userId}/${name}:list?paginate=false`),
    get(`users/${userId}/${name}:get?filterByTk=${name === 'boxes' ? box.account : box.message}`),
    get(`users/${userId}/${name}:list?appends=participants,account,thread,messages,members`),
    get(`users:list?sort=${name}.subject`),
    post('charts:queryData', chart('users', [name, name === 'boxes' ? 'address' : 'subject'])),
    post('users:query', { dimensions: [{ field: [name, 'subject'], alias: 'x' }] }),
    post('users:export', {
      title: 'x',
      columns: [{ dataIndex: [name, name === 'boxes' ? 'address' : 'subject'], title: 'x', defaultTitle: 'x' }],
      filter: {},
    }),
  ]);
}

/** Reads by SQL that somebody saved in the application. */
export function readsBySql(): Path[] {
  return [
    get('sqlmail:list'),
    post('sqlCollection:execute', { sql: 'SELECT * FROM "mailGrants"' }),
    post('flowSql:run', { sql: 'SELECT * FROM "mailMessages"', type: 'selectRows' }),
    post('charts:queryData', { dataSource: 'main', mode: 'sql', sql: { sql: 'SELECT * FROM "mailMessages"' } }),
  ];
}

/** Pairs of filters, the first true for a row of the mailbox and the second never: answers must not tell them apart. */
export function oraclesOf(world: LeakWorld, mark: string): { name: string; hit: Path; miss: Path }[] {
  const oracle = (collection: string, path: string) => {
    const url = (value: string) => get(`${collection}:list?page=1&filter=${encode({ [`${path}.$includes`]: value })}`);
    return { name: `${collection} by ${path}`, hit: url(mark), miss: url('nobodymark') };
  };
  const fromMail = world.collections.flatMap((collection) =>
    associationsOf(world, collection).flatMap(({ name, target }) => {
      const field = textFieldOf(world, target);
      const deeper = associationsOf(world, target).flatMap((next) => {
        const nextField = textFieldOf(world, next.target);
        return nextField ? [oracle(collection, `${name}.${next.name}.${nextField}`)] : [];
      });
      return field ? [oracle(collection, `${name}.${field}`), ...deeper] : deeper;
    }),
  );
  const fromUsers = ['mails.subject', 'lastMail.snippet', 'shared.subject', 'boxes.address', 'boxes.messages.subject'];
  return [...fromMail, ...fromUsers.map((path) => oracle('users', path))];
}

/** Writes that would change, take, give away, hide or re-assign a row of the mailbox. */
export function writesTo(world: LeakWorld, collection: string, box: Mailbox, thief: number): Path[] {
  const id = rowIn(box, collection);
  const loot = { id, userId: thief, accountId: '1', subject: 'stolen', address: 'stolen', status: 'stolen' };
  const paths = GENERIC_WRITES.flatMap((action) => [
    post(`${collection}:${action}?filterByTk=${id}`, loot),
    post(`${collection}:${action}?filterKeys[]=id`, loot),
    post(`${collection}:${action}?filter=${encode({ 'id.$ne': 0 })}`, { userId: thief }),
  ]);
  for (const { name, target } of associationsOf(world, collection)) {
    const key = rowIn(box, target);
    for (const action of ASSOCIATION_WRITES) {
      paths.push(
        post(`${collection}/${id}/${name}:${action}?filterByTk=${key}`, { id: key, userId: thief, subject: 'stolen' }),
      );
      paths.push(post(`${collection}/${id}/${name}:${action}`, [key]));
    }
    const nested = { [name]: [{ id: key, subject: 'stolen', userId: thief }] };
    paths.push(post(`${collection}:update?filterByTk=${id}&updateAssociationValues[]=${name}`, nested));
  }
  return paths;
}

/** The same through the administrator's associations. */
export function writesFromUsers(userId: number, box: Mailbox): Path[] {
  return ['mails', 'lastMail', 'shared', 'boxes'].flatMap((name) => {
    const key = name === 'boxes' ? box.account : box.message;
    return [
      ...ASSOCIATION_WRITES.filter((action) => !(name === 'lastMail' && action === 'destroy')).flatMap((action) => [
        post(`users/${userId}/${name}:${action}?filterByTk=${key}`, { id: key, subject: 'stolen' }),
        post(`users/${userId}/${name}:${action}`, [key]),
      ]),
      post(`users:update?filterByTk=${userId}&updateAssociationValues[]=${name}`, {
        [name]: [{ id: key, subject: 'stolen', status: 'stolen' }],
      }),
    ];
  });
}
