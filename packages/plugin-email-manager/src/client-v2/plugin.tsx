import { Plugin } from '@nocobase/client-v2';
import { SETTINGS_SNIPPET } from './host';
import { keepOAuthReturn, OAUTH_RETURN_PATH } from './oauth-return';

/** The entry that every page of the modern client loads: registration only, everything else behind import(). */
export class PluginEmailManagerClientV2 extends Plugin {
  override async load() {
    keepOAuthReturn(window.location, window.sessionStorage);
    const title = this.t('ui.settings.title');
    this.pluginSettingsManager.addMenuItem({ key: 'mail', title, icon: 'MailOutlined', aclSnippet: SETTINGS_SNIPPET });
    this.pluginSettingsManager.addPageTabItem({
      menuKey: 'mail',
      key: 'index',
      title,
      aclSnippet: SETTINGS_SNIPPET,
      componentLoader: () => import('./pages/SettingsPage'),
    });
    this.pluginSettingsManager.setPluginSettingsLink('email-manager', 'mail');
    // A route of its own and no settings tab: whoever signs in at a provider need not have a right to any settings.
    this.router.add('mailOauth2', { path: OAUTH_RETURN_PATH, componentLoader: () => import('./pages/OAuthPage') });
    this.router.add('admin.mail', {
      path: '/admin/mail/:threadId?',
      componentLoader: () => import('./pages/MailCentrePage'),
    });
    this.flowEngine.registerModelLoaders({
      MailTopbarActionModel: {
        extends: 'TopbarActionModel',
        loader: () => import('./models/MailTopbarActionModel'),
      },
    });
  }
}
