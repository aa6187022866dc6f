import type {
  Account,
  AccountUpdate,
  AccessLine,
  AdminAccount,
  AdminConsentStart,
  ApiError,
  AuditReport,
  ConnectOption,
  Counters,
  Diagnostics,
  HealthReport,
  Id,
  InboxTab,
  MailPreferences,
  Message,
  MessageBody,
  OAuthCallback,
  OAuthCallbackRequest,
  OAuthPending,
  OAuthStart,
  OAuthStartRequest,
  OrganiseRequest,
  ProviderCheck,
  ProviderName,
  ProviderSettings,
  ProviderUpdate,
  StartEstimate,
  ThreadLine,
} from '../../shared/api';
import { ApiFailure } from './api-failure';

/** The part of NocoBase's API client (an axios in both clients) that is used here. */
export interface HttpClient {
  request(options: {
    url: string;
    method: 'get' | 'post';
    params?: object;
    data?: object;
    responseType?: 'blob';
    signal?: AbortSignal;
    skipNotify: true;
    skipAuth?: boolean;
  }): Promise<{ data: unknown }>;
}

export interface ThreadQuery {
  accountId?: Id;
  folderId?: Id;
  folderRole?: string;
  labelId?: Id;
  tab?: InboxTab;
  isRead?: boolean;
  isStarred?: boolean;
  q?: string;
}

export interface ThreadPage {
  lines: ThreadLine[];
  nextCursor: string | null;
}

interface Envelope<T, M = unknown> {
  data: T;
  meta?: M;
}

/** The plugin's HTTP contract as functions. Every rejection is an `ApiFailure`. */
export class MailApi {
  constructor(private readonly http: HttpClient) {}

  accounts = () => this.get<Account[]>('mailAccounts:list');
  account = (id: Id) => this.get<Account>('mailAccounts:get', { filterByTk: id });
  handOver = (id: Id, userId: Id) => this.post('mailAccounts:handOver', { filterByTk: id }, { userId });
  /** NocoBase's own list of people; who may not read it gets an ApiFailure. */
  people = (name: string) =>
    this.get<{ id: Id | number; nickname: string | null; username: string | null }[]>('users:list', {
      pageSize: 20,
      fields: ['id', 'nickname', 'username'],
      sort: 'nickname',
      ...(name === '' ? {} : { filter: JSON.stringify({ nickname: { $includes: name } }) }),
    });
  adminAccounts = () => this.get<AdminAccount[]>('mailAccounts:adminList');
  updateAccount = (id: Id, update: AccountUpdate) => this.post('mailAccounts:update', { filterByTk: id }, update);
  sync = (id: Id) => this.post('mailAccounts:sync', { filterByTk: id });
  pause = (id: Id) => this.post('mailAccounts:pause', { filterByTk: id });
  resume = (id: Id) => this.post('mailAccounts:resume', { filterByTk: id });
  resync = (id: Id) => this.post('mailAccounts:resync', { filterByTk: id });
  removeAccount = (id: Id) => this.post<{ consentUrl?: string | null }>('mailAccounts:destroy', { filterByTk: id });
  startVerify = (id: Id) => this.post<AuditReport>('mailAccounts:verify', { filterByTk: id });
  auditReport = (id: Id) => this.get<AuditReport>('mailAccounts:verify', { filterByTk: id });
  repair = (id: Id) => this.post<AuditReport>('mailAccounts:repair', { filterByTk: id });
  estimates = (id: Id) => this.get<StartEstimate[]>('mailAccounts:estimates', { filterByTk: id });
  touch = (visible: boolean) => this.post('mailAccounts:touch', undefined, { visible });

  async threads(query: ThreadQuery, page: { cursor?: string | null; pageSize: number }): Promise<ThreadPage> {
    const data = { ...query, pageSize: page.pageSize, cursor: page.cursor ?? undefined };
    // In the body: the host's request log writes whole addresses, and search words are nobody's business.
    const response = await this.call({ url: 'mailThreads:list', method: 'post', data });
    const { data: lines, meta } = response.data as Envelope<ThreadLine[], { nextCursor: string | null }>;
    return { lines, nextCursor: meta?.nextCursor ?? null };
  }

  /** Every message of a conversation, oldest first. An unknown conversation and somebody else's give an empty list. */
  async messages(threadId: Id): Promise<Message[]> {
    const all: Message[] = [];
    let cursor: string | null = null;
    do {
      const page: Envelope<Message[], { nextCursor: string | null }> = await this.envelope('mailMessages:list', {
        threadId,
        pageSize: 200,
        cursor: cursor ?? undefined,
      });
      all.push(...page.data);
      cursor = page.meta?.nextCursor ?? null;
    } while (cursor);
    return all;
  }

  message = (id: Id) => this.get<Message>('mailMessages:get', { filterByTk: id });
  body = (id: Id) => this.get<MessageBody>('mailMessages:body', { filterByTk: id });
  access = (id: Id) => this.get<AccessLine[]>('mailMessages:access', { filterByTk: id });
  organise = (request: OrganiseRequest) => this.post<{ changed: number }>('mailMessages:organise', undefined, request);

  async attachment(id: Id): Promise<Blob> {
    const { data } = await this.call({
      url: 'mailAttachments:download',
      method: 'get',
      params: { filterByTk: id },
      responseType: 'blob',
    });
    return data as Blob;
  }

  preferences = () => this.get<MailPreferences>('mailPreferences:get');
  changePreferences = (change: Partial<MailPreferences>) =>
    this.post<MailPreferences>('mailPreferences:save', undefined, change);

  counters = () => this.get<Counters>('mailCounters:get');
  health = () => this.get<HealthReport>('mailHealth:get');
  diagnostics = () => this.get<Diagnostics>('mailHealth:diagnostics');

  connectOptions = () => this.get<ConnectOption[]>('mailOAuth:options');
  startOAuth = (request: OAuthStartRequest) => this.post<OAuthStart>('mailOAuth:start', undefined, request);
  finishOAuth = (answer: OAuthCallbackRequest) => this.post<OAuthCallback>('mailOAuth:callback', undefined, answer);
  pendingOAuth = () => this.get<OAuthPending | null>('mailOAuth:pending');
  dismissOAuth = (pendingId: string) => this.post('mailOAuth:dismiss', undefined, { pendingId });

  adminConsent = (request: { provider: ProviderName; tenant?: string; origin: string; returnTo: string }) =>
    this.post<AdminConsentStart>('mailOAuth:adminConsent', undefined, request);

  /** `origin` is the address under which this page runs: the redirect URI follows it until a public URL is set. */
  providers = (origin: string) => this.get<ProviderSettings[]>('mailProviders:list', { origin });
  updateProvider = (provider: ProviderName, update: ProviderUpdate, origin: string) =>
    this.post<ProviderSettings>('mailProviders:update', { filterByTk: provider, origin }, update);
  checkProvider = (provider: ProviderName, origin: string) =>
    this.post<ProviderCheck>('mailProviders:check', { filterByTk: provider, origin });

  /** Whether somebody is signed in. Does not redirect to the sign-in page by itself. */
  async isSignedIn(): Promise<boolean> {
    try {
      const { data } = await this.call({ url: 'auth:check', method: 'get', skipAuth: true });
      return Boolean((data as Envelope<{ id?: unknown } | null>).data?.id);
    } catch (error) {
      if (error instanceof ApiFailure && error.status === 401) return false;
      throw error;
    }
  }

  private async get<T>(url: string, params?: object): Promise<T> {
    return (await this.envelope<T, unknown>(url, params)).data;
  }

  private async post<T = unknown>(url: string, params?: object, data: object = {}): Promise<T> {
    const response = await this.call({ url, method: 'post', params, data });
    return (response.data as Envelope<T> | undefined)?.data as T;
  }

  private async envelope<T, M>(url: string, params?: object): Promise<Envelope<T, M>> {
    return (await this.call({ url, method: 'get', params })).data as Envelope<T, M>;
  }

  private async call(options: Omit<Parameters<HttpClient['request']>[0], 'skipNotify'>): Promise<{ data: unknown }> {
    try {
      // The pages say themselves what went wrong, where it went wrong.
      return await this.http.request({ ...options, skipNotify: true });
    } catch (error) {
      throw await ApiFailure.of(error);
    }
  }
}

export type { ApiError };
