const GMAIL = 'https://www.googleapis.com/auth/gmail.';

export const SCOPE_FULL = 'https://mail.google.com/';
export const SCOPE_MODIFY = `${GMAIL}modify`;
export const SCOPE_READONLY = `${GMAIL}readonly`;
export const SCOPE_METADATA = `${GMAIL}metadata`;
export const SCOPE_COMPOSE = `${GMAIL}compose`;
export const SCOPE_LABELS = `${GMAIL}labels`;
export const SCOPE_SETTINGS_BASIC = `${GMAIL}settings.basic`;

/** The scopes the consent page knows, with the sentence a person reads. */
export const SCOPE_TEXTS: Readonly<Record<string, string>> = {
  [SCOPE_FULL]: 'Read, compose, send and permanently delete all your email from Gmail',
  [SCOPE_MODIFY]: 'Read, compose and send emails from your Gmail account',
  [SCOPE_READONLY]: 'View your email messages and settings',
  [SCOPE_METADATA]: 'View your email message metadata such as labels and headers, but not the email body',
  [SCOPE_COMPOSE]: 'Manage drafts and send emails',
  [`${GMAIL}send`]: 'Send email on your behalf',
  [`${GMAIL}insert`]: 'Add emails into your Gmail mailbox',
  [SCOPE_LABELS]: 'See and edit your email labels',
  [SCOPE_SETTINGS_BASIC]: 'See, edit, create or change your email settings and filters in Gmail',
  [`${GMAIL}settings.sharing`]: 'Manage your sensitive mail settings, including who can manage your mail',
};

/** Sign-in scopes: they have no check box. */
export const SIGN_IN_SCOPES: ReadonlySet<string> = new Set([
  'openid',
  'email',
  'profile',
  'https://www.googleapis.com/auth/userinfo.email',
  'https://www.googleapis.com/auth/userinfo.profile',
]);

export function isKnownScope(scope: string): boolean {
  return scope in SCOPE_TEXTS || SIGN_IN_SCOPES.has(scope);
}

/** Which scopes allow a group of methods; any one of them is enough. */
export const SCOPES_FOR = {
  read: [SCOPE_FULL, SCOPE_MODIFY, SCOPE_READONLY],
  readMetadata: [SCOPE_FULL, SCOPE_MODIFY, SCOPE_READONLY, SCOPE_METADATA],
  profile: [SCOPE_FULL, SCOPE_MODIFY, SCOPE_READONLY, SCOPE_METADATA, SCOPE_COMPOSE],
  modify: [SCOPE_FULL, SCOPE_MODIFY],
  readLabels: [SCOPE_FULL, SCOPE_MODIFY, SCOPE_READONLY, SCOPE_METADATA, SCOPE_LABELS],
  writeLabels: [SCOPE_FULL, SCOPE_MODIFY, SCOPE_LABELS],
  readDrafts: [SCOPE_FULL, SCOPE_MODIFY, SCOPE_READONLY, SCOPE_COMPOSE],
  compose: [SCOPE_FULL, SCOPE_MODIFY, SCOPE_COMPOSE],
  // Drafts cannot be sent with the scope that only sends.
  send: [SCOPE_FULL, SCOPE_MODIFY, SCOPE_COMPOSE, `${GMAIL}send`],
  readSettings: [SCOPE_FULL, SCOPE_MODIFY, SCOPE_READONLY, SCOPE_SETTINGS_BASIC],
} as const satisfies Record<string, readonly string[]>;
