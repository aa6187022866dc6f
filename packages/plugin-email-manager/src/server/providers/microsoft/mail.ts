import { createOutlookProvider, outlookCapabilities } from '@email-manager/mail-engine/providers/outlook/provider';
import { outlookPace } from '@email-manager/mail-engine/providers/outlook/quota';
import { Pacer } from '@email-manager/mail-engine/providers/pacer';
import { microsoftLimits, microsoftUrls } from '../../env';
import type { MailRules } from '../provider-module';

export function microsoftMail(): MailRules {
  const pace = outlookPace(microsoftLimits());
  const msPerRequest = Number.isFinite(pace.unitsPerWindow) ? pace.windowMs / pace.unitsPerWindow : 5;
  const { settlePlaces, skippableFolders, unitsPerMessage } = outlookCapabilities;
  return {
    // Conversations of Outlook can hold unrelated mail with the same subject.
    rules: { settlePlaces, splitThreads: true },
    skippableFolders,
    msPerMessage: msPerRequest * unitsPerMessage,
    createPacer: (clock) => new Pacer({ clock, ...pace }),
    createProvider: (options) => createOutlookProvider({ ...options, graphUrl: microsoftUrls().graphUrl }),
  };
}
