import { Plugin } from '@nocobase/client';

/** The thin v1 adapter: everything it registers lives in client-v2. */
export class PluginEmailManagerClient extends Plugin {}

export default PluginEmailManagerClient;
