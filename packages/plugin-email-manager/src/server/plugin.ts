import { Plugin } from '@nocobase/server';

/** Registration only; what is registered lives in the folders beside this file. */
export class PluginEmailManagerServer extends Plugin {}
