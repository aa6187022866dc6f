/**
 * Which code may import which: `client → (HTTP) → server → mail-engine`. ESLint and scripts/arrows.test.ts both read this.
 *
 * `folder` is where the rule holds. `packages` are patterns of bare imports, `neighbours` folders of the repository, that it
 * must not reach, type-only imports included. `testsMayReach`: its tests and testing folders are exempt (they run against the simulators).
 */
export const ARROWS = [
  {
    folder: 'packages/mail-engine/src',
    why: 'The engine knows nothing of NocoBase, a database or React.',
    packages: [
      '^@nocobase/',
      '^react',
      '^antd',
      '^@ant-design/',
      '^sequelize',
      '^koa',
      '^@email-manager/provider-simulators',
    ],
    neighbours: ['packages/plugin-email-manager', 'packages/provider-simulators'],
    testsMayReach: true,
  },
  {
    folder: 'packages/mail-engine/src/providers/gmail',
    why: "One provider's folder uses nothing of another's.",
    packages: [],
    neighbours: ['packages/mail-engine/src/providers/outlook'],
  },
  {
    folder: 'packages/mail-engine/src/providers/outlook',
    why: "One provider's folder uses nothing of another's.",
    packages: [],
    neighbours: ['packages/mail-engine/src/providers/gmail'],
  },
  {
    folder: 'packages/provider-simulators/src',
    why: 'The simulators are evidence only as long as they share no code with what they test.',
    packages: ['^@email-manager/mail-engine', '^@nocobase/'],
    neighbours: ['packages/mail-engine', 'packages/plugin-email-manager'],
  },
  {
    folder: 'packages/plugin-email-manager/src/server',
    why: 'The server uses nothing of the clients.',
    packages: ['^@nocobase/client', '^@nocobase/flow-engine', '^react', '^antd', '^@ant-design/'],
    neighbours: ['packages/plugin-email-manager/src/client', 'packages/plugin-email-manager/src/client-v2'],
  },
  {
    folder: 'packages/plugin-email-manager/src/shared',
    why: 'Shared code is types and constants that both sides use; it reaches neither.',
    packages: ['^@nocobase/', '^react', '^antd'],
    neighbours: [
      'packages/plugin-email-manager/src/server',
      'packages/plugin-email-manager/src/client',
      'packages/plugin-email-manager/src/client-v2',
    ],
  },
  {
    folder: 'packages/plugin-email-manager/src/client',
    why: 'A client reaches the server over HTTP only.',
    packages: ['^@nocobase/(server|database|actions)', '^sequelize', '^@email-manager/mail-engine'],
    neighbours: ['packages/plugin-email-manager/src/server'],
  },
  {
    folder: 'packages/plugin-email-manager/src/client-v2',
    why: 'A client reaches the server over HTTP only, and the v2 client never uses the v1 adapter.',
    packages: [
      '^@nocobase/client(/|$)',
      '^@nocobase/(server|database|actions)',
      '^sequelize',
      '^@email-manager/mail-engine',
    ],
    neighbours: ['packages/plugin-email-manager/src/server', 'packages/plugin-email-manager/src/client'],
  },
];
