/**
 * What travels over HTTP and the socket between the plugin's server and its pages. Ids are strings of digits in JSON
 * (they may exceed a double on some databases); times are ISO strings; an answer is NocoBase's `{ data, meta? }`.
 */
export type Id = string;

export type ProviderName = 'google' | 'microsoft';

export interface ApiAddress {
  name: string;
  address: string;
}

/** `mailProviders:list|get`. The secret is write-only. */
export interface ProviderSettings {
  provider: ProviderName;
  /** False for a provider that this version cannot use yet: the card says "coming next". */
  available: boolean;
  enabled: boolean;
  clientId: string | null;
  hasClientSecret: boolean;
  /** Name of a NocoBase environment variable or secret that holds the secret instead. */
  clientSecretReference: string | null;
  redirectUri: string;
  publicUrl: string | null;
  syncIntervalSeconds: number;
  scopes: string[];
  /** Google only: 'gmail.modify' (default) or 'mail.google.com'. */
  scopeChoice: 'gmail.modify' | 'mail.google.com';
  configured: boolean;
  /**
   * Microsoft only, null for others: who may sign in. `common` (any organisation and personal accounts, the default),
   * `organizations`, `consumers` (personal accounts only), or one tenant's GUID or domain.
   */
  tenant: string | null;
  /** Microsoft only: the day on which the client secret ends, as the administrator noted it (`2027-05-31`), or null. */
  secretExpiresAt: string | null;
  /** Set from 30 days before the secret's end on; `daysLeft` is 0 or less when it has ended. */
  secretWarning: SecretWarning | null;
}

/** `level` is the last threshold that was passed: warned 30, 7 and 1 days before, and when it is over. */
export interface SecretWarning {
  level: '30days' | '7days' | '1day' | 'expired';
  daysLeft: number;
}

/** Body of `mailProviders:update`; a missing field stays as it is; an empty clientSecret removes it. */
export interface ProviderUpdate {
  clientId?: string;
  clientSecret?: string;
  clientSecretReference?: string | null;
  enabled?: boolean;
  scopeChoice?: ProviderSettings['scopeChoice'];
  publicUrl?: string | null;
  syncIntervalSeconds?: number;
  /** Microsoft only, as in ProviderSettings. */
  tenant?: string;
  /** Microsoft only: `2027-05-31`, or null to forget it. */
  secretExpiresAt?: string | null;
}

export type CheckState = 'ok' | 'warning' | 'error' | 'unknown';

/** What a line of the check says; `params` of each in brackets. */
export type CheckCode =
  | 'REACHABLE' // [host]
  | 'UNREACHABLE' // [host]
  | 'UNREACHABLE_PROXY' // [host]: a proxy is set in the server's environment
  | 'CLIENT_ID_MISSING'
  | 'SECRET_MISSING'
  | 'SECRET_REFERENCE_UNKNOWN' // [name]
  | 'SECRET_UNREADABLE' // the sealing key was lost: enter the secret again
  | 'SECRET_VALID'
  | 'SECRET_INVALID' // [providerCode]
  | 'SECRET_UNKNOWN'
  | 'REDIRECT_OK' // [redirectUri], as for all REDIRECT_
  | 'REDIRECT_LOOPBACK' // works only in a browser on the server itself
  | 'REDIRECT_NOT_HTTPS'
  | 'REDIRECT_RAW_IP'
  | 'REDIRECT_HOST_NOT_PUBLIC'
  | 'REDIRECT_REFUSED'
  | 'REDIRECT_NO_PUBLIC_URL' // no public URL is set: the page's own address is used
  | 'API_ENABLED'
  | 'API_DISABLED'
  | 'API_UNKNOWN' // known after the first mailbox was linked
  | 'TESTING_NOT_SUSPECTED'
  | 'TESTING_SUSPECTED' // [days]
  | 'TESTING_UNKNOWN'
  // Microsoft
  | 'CLIENT_KNOWN'
  | 'CLIENT_UNKNOWN' // [tenant, providerCode]: no such application in the tenant
  | 'CLIENT_UNCHECKED'
  | 'SECRET_EXPIRED' // [providerCode]: Microsoft says so
  | 'TENANT_OK' // [tenant]
  | 'TENANT_NOT_FOUND' // [tenant]
  | 'TENANT_SINGLE_ONLY' // [tenant, providerCode]: the app is registered for one tenant, the choice is wider
  | 'TENANT_PERSONAL_ONLY' // [tenant, providerCode]: the app is for personal accounts only; choose `consumers`
  | 'TENANT_NO_PERSONAL' // [tenant, providerCode]: the app is not for personal accounts; choose another than `consumers`
  | 'TENANT_UNKNOWN' // [tenant]
  | 'PLATFORM_WEB'
  | 'PLATFORM_SPA' // [providerCode]: the redirect URI is registered as SPA: connections end after 24 hours
  | 'PLATFORM_UNKNOWN' // known after the first mailbox was linked
  | 'ADMIN_CONSENT_GIVEN' // [tenant]
  | 'ADMIN_CONSENT_NEEDED' // [tenant]: `link` is the page on which an administrator of the tenant gives it
  | 'ADMIN_CONSENT_NOT_NEEDED' // a mailbox was linked without it, or personal accounts only
  | 'ADMIN_CONSENT_UNKNOWN' // known after the first try to link; `link` as above
  | 'SECRET_EXPIRY_OK' // [date, days]
  | 'SECRET_EXPIRY_SOON' // [date, days]
  | 'SECRET_EXPIRY_OVER' // [date]
  | 'SECRET_EXPIRY_UNKNOWN'; // no date was entered

/** One line of `mailProviders:check` → `{ checks: CheckLine[], checkedAt }`. `code` selects the words in locale/. */
export interface CheckLine {
  id:
    | 'reachable'
    | 'secret'
    | 'redirectUri'
    | 'apiEnabled'
    | 'testingMode'
    // Microsoft
    | 'reachableApi'
    | 'tenant'
    | 'client'
    | 'platform'
    | 'adminConsent'
    | 'secretExpiry';
  state: CheckState;
  code: CheckCode;
  params?: Record<string, string | number>;
  /** Where to fix it. */
  link?: string;
}

/** `mailProviders:check`. */
export interface ProviderCheck {
  checks: CheckLine[];
  checkedAt: string;
}

/**
 * `mailOAuth:options` (any signed-in user): what the page shows before it leaves for the provider. Ordinary users
 * cannot read `mailProviders`.
 */
export interface ConnectOption {
  provider: ProviderName;
  available: boolean;
  /** Client and secret are there and the provider is enabled: a start will work. */
  configured: boolean;
  /** What the consent page will ask for. */
  scopes: string[];
  /** The administrator's public URL, to be compared with the page's own origin; null when none is set. */
  publicUrl: string | null;
}

/** Body of `mailOAuth:start`. `origin` is `location.origin` plus the public path (without a client prefix such as /v/). */
export interface OAuthStartRequest {
  provider: ProviderName;
  /** Reconnect this mailbox in place. */
  accountId?: Id;
  /** A path inside the application to come back to, for example `/admin/mail`. */
  returnTo?: string;
  origin?: string;
}

/** `mailOAuth:start`. */
export interface OAuthStart {
  url: string;
  redirectUri: string;
  scopes: string[];
  /** The start this is, for `mailOAuth:dismiss`. Not the state: that is only inside `url`. */
  pendingId: string;
  expiresAt: string;
  /** True when the page's origin is not the public URL: coming back, the user may have to sign in there. */
  originDiffers: boolean;
}

/**
 * Body of `mailOAuth:callback`: what the provider put into the redirect's query. After an administrator's consent
 * Microsoft sends `admin_consent=True&tenant=…&state=…` and no code: pass them on as `adminConsent` and `tenant`. A
 * return without `state` (somebody opened a link that a user had passed on) is not sent here: the page only thanks.
 */
export interface OAuthCallbackRequest {
  state: string;
  code?: string;
  error?: string;
  errorDescription?: string;
  /** Microsoft's `error_subcode`, when there is one. */
  errorSubcode?: string;
  adminConsent?: boolean;
  tenant?: string;
}

/** `mailOAuth:callback`. `returnTo` is a path inside the application, checked by the server, or null. */
export interface OAuthCallback {
  /** Null when it was an administrator's consent that came back: no mailbox was connected. */
  account: Account | null;
  returnTo: string | null;
  reconnected: boolean;
  /** Set when it was an administrator's consent that came back. */
  adminConsent?: { tenant: string };
}

/**
 * `mailOAuth:adminConsent` (snippet pm.email-manager) `{ provider, tenant?, origin?, returnTo? }` → `{ url }`: the page
 * on which an administrator of the organisation allows the application for everybody; it comes back to the redirect page.
 */
export interface AdminConsentStart {
  url: string;
}

/** `errors[0].data` of OAUTH_ADMIN_CONSENT_REQUIRED. */
export interface AdminConsentNeeded {
  /** For holders of pm.email-manager only, else null: comes back to this NocoBase and is recorded. */
  adminConsentUrl: string | null;
  /** A ready text, in the person's language, to send to the administrator of the organisation; it contains a link. */
  message: string;
}

/** `mailOAuth:pending` → the user's newest start that was not answered, or null. Helper from `ageSeconds` ≥ 120 on. */
export interface OAuthPending {
  pendingId: string;
  provider: ProviderName;
  accountId: Id | null;
  startedAt: string;
  ageSeconds: number;
  redirectUri: string;
}

/** `mailOAuth:dismiss` `{ pendingId }` → `{ dismissed: boolean }`: forget a start. */

export type AccountStatus = 'connecting' | 'active' | 'paused' | 'needsReauth' | 'blocked' | 'deleting';
export type AccountHealth = 'ok' | 'behind' | 'throttled' | 'quarantine' | 'misconfigured' | 'error';

export interface SyncProgress {
  /** Ids known from listings. */
  listed: number;
  /** Messages here, from the start date on. */
  hydrated: number;
  /** Messages that should be here, from the start date on; equals hydrated when everything is. */
  total: number;
  /** Null when nothing is left or nothing honest can be said. */
  etaSeconds: number | null;
  phase: 'listing' | 'hydrating' | 'done';
  quarantined: number;
}

export interface ApiError {
  code: string;
  message: string;
  /** What to do next, and who. */
  action: string;
  /** The input that is wrong, for refusals of a form. */
  field?: string;
  /** More for some codes, for example AdminConsentNeeded. */
  data?: Record<string, unknown>;
}

/** `mailAccounts:list|get` without `page`. */
export interface Account {
  id: Id;
  provider: ProviderName;
  address: string;
  senderName: string | null;
  status: AccountStatus;
  health: AccountHealth;
  progress: SyncProgress;
  syncFrom: string | null;
  lastSyncedAt: string | null;
  error: ApiError | null;
  role: 'owner' | 'reader';
  owner?: { id: Id; nickname: string };
  /** Folders that may be left out of the copy (Outlook: spam and trash), and those that are left out. */
  skippableFolders: Folder['role'][];
  skipFolders: Folder['role'][];
  /** Where the person ends the application's access at the provider after Delete; null when Delete itself ends it. */
  consentUrl: string | null;
  folders?: Folder[];
  labels?: Label[];
}

/** `mailAccounts:adminList` (snippet pm.email-manager): no content. */
export interface AdminAccount {
  id: Id;
  provider: ProviderName;
  address: string;
  owner: { id: Id; nickname: string } | null;
  status: AccountStatus;
  health: AccountHealth;
  lastSyncedAt: string | null;
  errorCode: string | null;
}

/** Body of `mailAccounts:update?filterByTk=`. `syncFrom` null means everything. */
export interface AccountUpdate {
  syncFrom?: string | null;
  senderName?: string | null;
  /** A subset of `skippableFolders`; a change lists the mailbox anew. */
  skipFolders?: Folder['role'][];
}

/** `mailAccounts:destroy` → `{ status: 'deleting', consentUrl }`, `consentUrl` as in Account. */

/** `mailAccounts:touch` `{ visible }` → `{ ok: true }`: a mail page of this user is visible; about every 20 seconds. */

export interface Folder {
  id: Id;
  accountId: Id;
  name: string;
  role: 'inbox' | 'sent' | 'drafts' | 'spam' | 'trash' | 'archive' | 'other';
  parentId: Id | null;
  unread: number;
  /** Of `unread`, those in Primary: less than `unread` only in the inbox of a mailbox that has tabs. */
  unreadPrimary: number;
  total: number;
}

/**
 * The provider's tabs as two: Primary is what the provider means for the person, and everything without a tab; Other is
 * every other tab. A conversation of which one message is in Primary is in Primary.
 */
export type InboxTab = 'primary' | 'other';

/** `mailPreferences:get|save` (the person's own; a missing field stays as it is). */
export interface MailPreferences {
  /** What the badge in the header and the number at the inbox count. */
  badge: 'primary' | 'all';
  /** The tab that was looked at last. */
  tab: InboxTab;
}

/** `primary` is the tab of mail for the person (Gmail's Primary, Outlook's Focused), `category` any other tab. */
export interface Label {
  id: Id;
  accountId: Id;
  name: string;
  kind: 'user' | 'primary' | 'category' | 'system';
  textColor: string | null;
  backgroundColor: string | null;
  unread: number;
}

/** `mailAccounts:estimates?filterByTk=` → choices of another start date. */
export interface StartEstimate {
  /** '3months' … 'all'. */
  choice: '1month' | '3months' | '6months' | '1year' | 'all';
  syncFrom: string | null;
  messages: number | null;
  minutes: number | null;
}

/**
 * One line of `mailThreads:list` without `page` (keyset paging): filters `accountId, folderId, labelId, folderRole
 * ('inbox' = all inboxes), tab (of inboxes only: `primary` or `other`), isRead, isStarred, q`; `pageSize` ≤ 200, `cursor`; answer `{ data, meta: { nextCursor } }`.
 */
export interface ThreadLine {
  id: Id;
  accountId: Id;
  subject: string;
  snippet: string;
  senders: ApiAddress[];
  messageCount: number;
  unreadCount: number;
  isStarred: boolean;
  hasAttachments: boolean;
  lastMessageAt: string;
  labelIds: Id[];
}

/** `mailMessages:list?threadId=` (oldest first) and `mailMessages:get`. */
export interface Message {
  id: Id;
  accountId: Id;
  threadId: Id;
  remoteId: string;
  subject: string;
  snippet: string;
  from: ApiAddress | null;
  to: ApiAddress[];
  cc: ApiAddress[];
  bcc: ApiAddress[];
  replyTo: ApiAddress[];
  sentAt: string | null;
  receivedAt: string;
  isRead: boolean;
  isStarred: boolean;
  isDraft: boolean;
  hasAttachments: boolean;
  folderIds: Id[];
  labelIds: Id[];
  sizeBytes: number;
  attachments?: Attachment[];
}

export interface Attachment {
  id: Id;
  fileName: string;
  mimeType: string;
  sizeBytes: number;
  contentId: string | null;
  isInline: boolean;
}

/** `mailMessages:body?filterByTk=`. `html` is sanitised; remote URLs are parked in data attributes. */
export interface MessageBody {
  html: string | null;
  text: string | null;
  hasRemoteContent: boolean;
}

/** `mailMessages:access?filterByTk=`: computed by the guard that guards. */
export interface AccessLine {
  userId: Id;
  nickname: string;
  /** 'owner' | 'member' | 'viewAll' … selects the words in locale/. */
  rule: string;
}

/** Body of `mailMessages:organise`; answer `{ changed: number }`. */
export interface OrganiseRequest {
  ids?: Id[];
  /** Every message of these threads, as the list's buttons mean it. */
  threadIds?: Id[];
  op:
    | 'markRead'
    | 'markUnread'
    | 'star'
    | 'unstar'
    | 'archive'
    | 'trash'
    | 'untrash'
    | 'move'
    | 'addLabel'
    | 'removeLabel';
  placeId?: Id;
}

/** `mailAccounts:verify` starts (POST) or reads (GET) the last audit. */
export interface AuditReport {
  status: 'running' | 'done' | 'failed' | 'none';
  provider: number | null;
  here: number | null;
  missing: number | null;
  extra: number | null;
  /** Known by id only because they are older than the start date. */
  older: number | null;
  listedSoFar?: number;
  checkedAt: string | null;
  error?: ApiError;
}

/** `mailCounters:get`. */
export interface Counters {
  /** Unread conversations of all inboxes that the user sees as a member, or of their Primary tabs (MailPreferences). */
  unread: number;
  accounts: number;
  needsReauth: number;
}

/** One mailbox in `mailHealth:get`: ids and numbers only. */
export interface AccountHealthReport {
  accountId: Id;
  provider: ProviderName;
  status: AccountStatus;
  health: AccountHealth;
  progress: SyncProgress;
  lastSyncedAt: string | null;
  /** Nothing is asked of the provider before this time. */
  notBefore: string | null;
  errorCode: string | null;
  pendingWork: number;
  quarantined: number;
  pendingOperations: number;
  conflictedOperations: number;
  lastRun: { startedAt: string; durationMs: number; status: string; calls: number; hydrated: number } | null;
}

/** `mailHealth:get`. */
export interface HealthReport {
  accounts: AccountHealthReport[];
  /** Why nothing is synchronised at all (for example a database that was not upgraded); null when it is. */
  syncRefused: ApiError | null;
  database: 'sqlite' | 'postgres' | 'other';
}

/** `mailHealth:diagnostics` → `{ text }`: text to copy: versions, codes and counters only. */
export interface Diagnostics {
  text: string;
}

/** Socket messages: ids and numbers only. Event name on the client: `ws:message:<type>`. */
export type SocketMessage =
  | { type: 'mail:counters'; payload: Counters }
  /** Something under these accounts changed: pages that show them ask again (debounced). */
  | { type: 'mail:changed'; payload: { accountId: Id; threadIds: Id[] } }
  | { type: 'mail:account'; payload: { accountId: Id; status: AccountStatus; progress: SyncProgress } };
