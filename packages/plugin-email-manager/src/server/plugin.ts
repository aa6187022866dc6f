import { Plugin } from '@nocobase/server';
import { installGuard } from './guard/install';

/** Registration only; what is registered lives in the folders beside this file. */
export class PluginEmailManagerServer extends Plugin {
  override async load() {
    installGuard(this.app);
  }
}
