export { PluginEmailManagerClientV2, PluginEmailManagerClientV2 as default } from './plugin';
