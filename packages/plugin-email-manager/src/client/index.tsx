import type { PropsWithChildren } from 'react';
import { PinnedPluginListProvider, Plugin, SchemaComponentOptions } from '@nocobase/client';
import { HeaderIcon } from '../client-v2/components/HeaderIcon';
import { SETTINGS_SNIPPET } from '../client-v2/host';
import { keepOAuthReturn, OAUTH_RETURN_PATH } from '../client-v2/oauth-return';

const HEADER_ITEMS = { mail: { order: 300, component: 'MailHeaderIcon', pin: true, snippet: '*' } };

function MailProvider({ children }: PropsWithChildren) {
  return (
    <PinnedPluginListProvider items={HEADER_ITEMS}>
      <SchemaComponentOptions components={{ MailHeaderIcon: HeaderIcon }}>{children}</SchemaComponentOptions>
    </PinnedPluginListProvider>
  );
}

/** The thin v1 adapter: everything it registers lives in client-v2. */
export class PluginEmailManagerClient extends Plugin {
  override async load() {
    keepOAuthReturn(window.location, window.sessionStorage);
    this.app.use(MailProvider);
    this.app.pluginSettingsManager.add('mail', {
      title: this.t('ui.settings.title'),
      icon: 'MailOutlined',
      aclSnippet: SETTINGS_SNIPPET,
      componentLoader: () => import('../client-v2/pages/SettingsPage'),
    });
    // Its own root route: the settings layout sends an address that is not a registered settings page elsewhere. The page
    // asks for a sign-in itself where one is needed: an organisation's administrator may have no account here.
    this.app.router.add('mailOauth2', {
      path: OAUTH_RETURN_PATH,
      skipAuthCheck: true,
      componentLoader: () => import('../client-v2/pages/OAuthPage'),
    });
    this.app.router.add('admin.mail', {
      path: '/admin/mail/:threadId?',
      componentLoader: () => import('../client-v2/pages/MailCentrePage'),
    });
  }
}

export default PluginEmailManagerClient;
