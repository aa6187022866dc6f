import { Plugin } from '@nocobase/client-v2';

export class PluginEmailManagerClientV2 extends Plugin {}
