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
}

export type CheckState = 'ok' | 'warning' | 'error' | 'unknown';

/** One line of `mailProviders:check` → `{ checks: CheckLine[], checkedAt }`. `code` selects the words in locale/. */
export interface CheckLine {
  id: 'reachable' | 'secret' | 'redirectUri' | 'apiEnabled' | 'testingMode';
  state: CheckState;
  code: string;
  params?: Record<string, string | number>;
  /** Where to fix it. */
  link?: string;
}

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
  folders?: Folder[];
  labels?: Label[];
}

export interface Folder {
  id: Id;
  accountId: Id;
  name: string;
  role: 'inbox' | 'sent' | 'drafts' | 'spam' | 'trash' | 'archive' | 'other';
  parentId: Id | null;
  unread: number;
  total: number;
}

export interface Label {
  id: Id;
  accountId: Id;
  name: string;
  kind: 'user' | 'category' | 'system';
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
 * ('inbox' = all inboxes), isRead, isStarred, q`; `pageSize` ≤ 200, `cursor`; answer `{ data, meta: { nextCursor } }`.
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
  /** Unread conversations of all inboxes that the user sees as a member. */
  unread: number;
  accounts: number;
  needsReauth: number;
}

/** `mailHealth:diagnostics` → text to copy: versions, codes and counters only. */

/** Socket messages: ids and numbers only. Event name on the client: `ws:message:<type>`. */
export type SocketMessage =
  | { type: 'mail:counters'; payload: Counters }
  /** Something under these accounts changed: pages that show them ask again (debounced). */
  | { type: 'mail:changed'; payload: { accountId: Id; threadIds: Id[] } }
  | { type: 'mail:account'; payload: { accountId: Id; status: AccountStatus; progress: SyncProgress } };
