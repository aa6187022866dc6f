export { PluginEmailManagerServer, PluginEmailManagerServer as default } from './plugin';
