/* global __webpack_public_path__:writable, __PLUGIN_NAME__, __LANE__ */
/* eslint no-unused-vars: 'off' -- the bundler reads the assignment */
// First entry module of both client bundles: it sets, at run time, where lazy chunks are fetched from.
// In the modern client the public path ends with that client's own prefix (/v/); static files live under the app root.
let appRoot = window['__nocobase_public_path__'] || '/';
const modernPrefix = `/${window['__nocobase_modern_client_prefix__'] || 'v'}/`;
if (appRoot.endsWith(modernPrefix)) appRoot = appRoot.slice(0, -modernPrefix.length + 1);
const base = window['__webpack_public_path__'] || appRoot;
__webpack_public_path__ = `${base}static/plugins/${__PLUGIN_NAME__}/dist/${__LANE__}/`;
