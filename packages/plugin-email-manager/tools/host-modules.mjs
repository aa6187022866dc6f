/**
 * What the NocoBase 2.2 host provides at run time and the plugin therefore never bundles.
 * The client list is what BOTH pages of 2.2.15 define in RequireJS; anything else has to be bundled.
 */
export const CLIENT_HOST_MODULES = [
  'react',
  'react-dom',
  'react/jsx-runtime',
  'react-router',
  'react-router-dom',
  'antd',
  '@ant-design/icons',
  '@ant-design/cssinjs',
  'antd-style',
  'i18next',
  'react-i18next',
  '@formily/antd-v5',
  '@formily/core',
  '@formily/react',
  '@formily/reactive',
  '@formily/shared',
  '@nocobase/utils/client',
  '@nocobase/client',
  '@nocobase/client-v2',
  '@nocobase/flow-engine',
  '@nocobase/evaluators/client',
  '@dnd-kit/core',
  '@dnd-kit/sortable',
  'ahooks',
  'axios',
  'dayjs',
  'lodash',
  '@emotion/css',
  'file-saver',
  '@ctrl/tinycolor',
];

/** The AMD id of another plugin's client bundle, defined by that plugin. */
export const OTHER_PLUGIN_CLIENT = /^@nocobase\/plugin-[^/]+\/client(-v2)?$/;

/** esbuild `external` patterns of the server bundle: one copy per process, the host's. */
export const SERVER_HOST_MODULES = [
  '@nocobase/*',
  'sequelize',
  'umzug',
  'koa',
  '@koa/multer',
  '@koa/cors',
  '@koa/router',
  'multer',
  'lodash',
  'dayjs',
  'axios',
  'winston',
  'sqlite3',
  'pg',
  'mysql2',
  'async-mutex',
  'i18next',
];
