import { theme } from 'antd';

/** The theme's values as CSS variables: light, dark and compact follow by themselves, also in drawers and dialogs. */
function variables(token: ReturnType<typeof theme.useToken>['token']): string {
  const values: Record<string, string | number> = {
    bg: token.colorBgContainer,
    elevated: token.colorBgElevated,
    text: token.colorText,
    secondary: token.colorTextSecondary,
    tertiary: token.colorTextTertiary,
    border: token.colorBorderSecondary,
    hover: token.colorFillQuaternary,
    fill: token.colorFillTertiary,
    selected: token.controlItemBgActive,
    primary: token.colorPrimary,
    warning: token.colorWarning,
    radius: `${token.borderRadius}px`,
    'radius-lg': `${token.borderRadiusLG}px`,
    font: `${token.fontSize}px`,
    small: `${token.fontSizeSM}px`,
    line: token.lineHeight,
    family: token.fontFamily,
  };
  const lines = Object.entries(values).map(([name, value]) => `--em-${name}:${value}`);
  return `:root{${lines.join(';')}}`;
}

const SHEET = `
.em-page,.em-text-block{color:var(--em-text);font-size:var(--em-font);font-family:var(--em-family);line-height:var(--em-line)}
.em-page{position:absolute;inset:0;display:flex;flex-direction:column;background:var(--em-bg);overflow:hidden}
.em-page *{box-sizing:border-box}
.em-top{display:flex;align-items:center;gap:8px;padding:8px 12px;border-bottom:1px solid var(--em-border);flex:none}
.em-top .em-search{flex:1;max-width:640px;min-width:0}
.em-top .em-spring{flex:1}
.em-body{flex:1;display:flex;min-height:0}
.em-nav{width:248px;flex:none;overflow-y:auto;padding:8px;border-inline-end:1px solid var(--em-border)}
.em-list-pane{display:flex;flex-direction:column;min-width:0;min-height:0;flex:1}
.em-list-pane.em-narrow{flex:none;border-inline-end:1px solid var(--em-border)}
.em-reader{flex:1;min-width:0;min-height:0;overflow-y:auto;display:flex;flex-direction:column}
.em-list-head{display:flex;align-items:center;gap:8px;padding:0 12px 0 16px;min-height:40px;border-bottom:1px solid var(--em-border);flex:none}
.em-list-head h2{margin:0;font-size:var(--em-font);font-weight:600;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.em-sub{color:var(--em-secondary);font-size:var(--em-small)}
.em-ellipsis{overflow:hidden;text-overflow:ellipsis;white-space:nowrap;min-width:0}
.em-nav ul{list-style:none;margin:0;padding:0}
.em-nav-item{display:flex;align-items:center;gap:8px;height:32px;padding:0 10px;border-radius:var(--em-radius);color:inherit!important;text-decoration:none;cursor:pointer}
.em-nav-item:hover{background:var(--em-hover)}
.em-nav-item[aria-current=page]{background:var(--em-selected);font-weight:600}
.em-nav-item .em-count{margin-inline-start:auto;font-size:var(--em-small);color:var(--em-secondary);font-variant-numeric:tabular-nums;font-weight:500}
.em-nav-item[data-unread] .em-count{color:var(--em-text);font-weight:600}
.em-nav-item .anticon{color:var(--em-secondary)}
.em-nav-head{display:flex;align-items:center;gap:6px;width:100%;border:0;background:none;color:var(--em-secondary);font:inherit;font-size:var(--em-small);padding:12px 10px 4px;cursor:pointer;text-align:start}
.em-nav-head .em-ellipsis{flex:1;font-weight:600}
.em-nav-sub{padding:6px 10px 2px 10px;color:var(--em-secondary);font-size:var(--em-small)}
.em-nav-line{display:flex;align-items:center;position:relative}
.em-nav-line .em-nav-item{flex:1;min-width:0}
.em-fold{position:absolute;inset-inline-start:auto;margin-inline-start:-6px;width:18px;height:32px;padding:0;border:0;background:none;color:var(--em-tertiary);font-size:9px;cursor:pointer;z-index:1;border-radius:3px}
.em-fold:hover{color:var(--em-text)}
.em-nav-line:has(.em-fold) .em-nav-item{padding-inline-start:14px}
.em-nav-line .em-nav-item{padding-inline-start:14px}
.em-account-mark{display:inline-flex;align-items:center;flex:none;font-size:13px;line-height:1}
.em-nav-head .em-account-mark .anticon,.em-row .em-account-mark .anticon{color:inherit}
.em-tabs{display:flex;gap:4px;padding:0 12px;border-bottom:1px solid var(--em-border);flex:none}
.em-tabs button{display:flex;align-items:center;gap:6px;border:0;background:none;font:inherit;color:var(--em-secondary);padding:8px 10px 6px;border-bottom:2px solid transparent;cursor:pointer;min-width:0}
.em-tabs button:hover{color:var(--em-text)}
.em-tabs button[aria-selected=true]{color:var(--em-text);font-weight:600;border-bottom-color:var(--em-primary)}
.em-tab-count{font-size:var(--em-small);font-weight:500;font-variant-numeric:tabular-nums;padding:0 6px;border-radius:8px;background:var(--em-fill);color:var(--em-secondary)}
.em-copy-lines{display:flex;align-items:flex-start;gap:4px;margin-top:2px}.em-copy-lines>div{min-width:0}
.em-settings .ant-btn{max-width:100%;height:auto;min-height:32px;white-space:normal}
.em-settings .ant-btn-sm{min-height:24px}
.em-settings code{white-space:normal;overflow-wrap:anywhere}
.em-settings .ant-card-head-title{white-space:normal;overflow-wrap:anywhere}
@media (max-width:600px){.em-settings .ant-card-body,.em-settings .ant-card-head{padding-inline:12px}.em-settings .ant-alert{padding-inline:8px}}
.em-general{display:grid;grid-template-columns:repeat(auto-fit,minmax(280px,1fr));gap:0 24px}
.em-choice{display:flex!important;flex-wrap:wrap}.em-choice>*{flex:1 1 180px;text-align:center;white-space:nowrap}
.em-switch-line{display:flex;align-items:flex-start;gap:10px;margin-top:8px}
.em-block{display:block}
.em-swatch{width:10px;height:10px;border-radius:3px;flex:none;margin:0 2px;border:1px solid var(--em-border)}
.em-row{position:relative;display:flex;align-items:center;gap:8px;padding:0 12px 0 8px;height:42px;border-bottom:1px solid var(--em-border);cursor:pointer}
.em-row:hover{background:var(--em-hover)}
.em-row[data-cursor=true]{box-shadow:inset 3px 0 0 var(--em-primary)}
[dir=rtl] .em-row[data-cursor=true]{box-shadow:inset -3px 0 0 var(--em-primary)}
.em-row[data-open=true]{background:var(--em-selected)}
.em-row .em-people{width:200px;flex:none;display:flex;gap:4px;align-items:baseline}
.em-row .em-text{flex:1;min-width:0;display:flex;align-items:baseline;gap:6px}
.em-row .em-subject{color:var(--em-text);text-decoration:none;flex:0 1 auto}
.em-row .em-snippet{color:var(--em-secondary);flex:1 1 0}
.em-row .em-date{flex:none;min-width:64px;text-align:end;color:var(--em-secondary);font-size:var(--em-small);font-variant-numeric:tabular-nums}
.em-row[data-unread=true] .em-people,.em-row[data-unread=true] .em-subject{font-weight:600}
.em-row[data-unread=true] .em-date{color:var(--em-text);font-weight:600}
.em-row[data-unread=true]::before{content:'';position:absolute;inset-inline-start:3px;top:50%;width:5px;height:5px;margin-top:-2px;border-radius:50%;background:var(--em-primary)}
.em-row .em-actions{position:absolute;inset-inline-end:8px;top:50%;transform:translateY(-50%);display:none;gap:2px;background:var(--em-elevated);border-radius:var(--em-radius);box-shadow:0 0 0 1px var(--em-border)}
.em-row:hover .em-actions,.em-row:focus-within .em-actions{display:flex}
.em-row .em-count-chip{color:var(--em-secondary);font-size:var(--em-small);font-weight:400;flex:none}
.em-row.em-compact{height:74px;align-items:flex-start;padding:9px 12px 9px 8px}
.em-row.em-compact .em-stack{flex:1;min-width:0;display:flex;flex-direction:column;gap:1px}
.em-row.em-compact .em-line{display:flex;align-items:baseline;gap:6px;min-width:0}
.em-row.em-compact .em-date{min-width:0}
.em-row.em-compact .em-people{width:auto;flex:1;min-width:0}
.em-row.em-compact .em-snippet{flex:none;font-size:var(--em-small);line-height:18px}
.em-row.em-compact[data-unread=true]::before{top:19px}
.em-row.em-compact .em-actions{top:auto;bottom:4px;transform:none}
.em-link{color:inherit!important;text-decoration:none}
.em-link:focus-visible,.em-nav-item:focus-visible,.em-nav-head:focus-visible,.em-fold:focus-visible,.em-tabs button:focus-visible,.em-row .em-subject:focus-visible,.em-card-head:focus-visible{outline:2px solid var(--em-primary);outline-offset:2px;border-radius:3px}
.em-star{color:var(--em-tertiary)}.em-star[aria-pressed=true]{color:var(--em-warning)}
.em-label{display:inline-block;max-width:140px;padding:0 6px;border-radius:4px;font-size:11px;line-height:17px;background:var(--em-fill);color:var(--em-secondary);flex:none;font-weight:400}
.em-subject-bar{display:flex;align-items:flex-start;gap:8px;padding:12px 16px 8px;position:sticky;top:0;background:var(--em-bg);z-index:2}
.em-subject-bar h1{margin:0;hyphens:auto;font-size:19px;line-height:27px;font-weight:600;overflow-wrap:anywhere;flex:1;outline:none}
.em-narrow-page .em-top .em-spring{display:none}
.em-narrow-page .em-top .em-search{max-width:none}
.em-narrow-page .em-subject-bar h1{font-size:17px;line-height:24px}
.em-narrow-page .em-cards{padding:0 8px 72px}
.em-cards{padding:0 16px max(72px,30vh);display:flex;flex-direction:column;gap:8px;max-width:1080px;width:100%}
.em-card{scroll-margin-top:64px;border:1px solid var(--em-border);border-radius:var(--em-radius-lg);background:var(--em-bg)}
.em-card-head{display:flex;align-items:center;gap:10px;padding:8px 12px;border:0;background:none;width:100%;color:inherit;font:inherit;text-align:start;cursor:pointer;min-width:0;flex:1}
.em-card-top{display:flex;align-items:center;padding-inline-end:8px}
.em-card-folded:hover{background:var(--em-hover)}
.em-card-names{flex:1;min-width:0;display:flex;flex-direction:column}
.em-card-body{padding:4px 12px 12px 54px}
.em-narrow-page .em-card-body{padding-inline-start:12px}
.em-avatar{flex:none}
.em-quiet-button{border:0;background:none;padding:0;font:inherit;color:var(--em-secondary);cursor:pointer;font-size:var(--em-small)}
.em-quiet-button:focus-visible{outline:2px solid var(--em-primary);border-radius:3px}
.em-details{display:grid;grid-template-columns:max-content 1fr;gap:2px 12px;font-size:var(--em-small);padding:8px 10px;margin-bottom:8px;background:var(--em-hover);border-radius:var(--em-radius)}
.em-details dt{color:var(--em-secondary)}.em-details dd{margin:0;overflow-wrap:anywhere}
.em-remote{display:flex;flex-wrap:wrap;gap:4px 12px;align-items:center;padding:6px 10px;margin-bottom:8px;background:var(--em-hover);border-radius:var(--em-radius);font-size:var(--em-small);color:var(--em-secondary)}
.em-files{display:flex;flex-wrap:wrap;gap:8px;margin-top:12px}
.em-file{display:flex;align-items:center;gap:8px;max-width:280px;padding:6px 10px;border:1px solid var(--em-border);border-radius:var(--em-radius);background:var(--em-bg);color:inherit;font:inherit;cursor:pointer;text-align:start}
.em-file:hover{background:var(--em-hover)}
.em-file .anticon{font-size:20px;color:var(--em-secondary)}
.em-strip{display:flex;flex-wrap:wrap;align-items:center;gap:4px 12px;padding:6px 16px;border-bottom:1px solid var(--em-border);font-size:var(--em-small);flex:none}
.em-strip .ant-progress{flex:1;min-width:120px;margin:0}
.em-empty{flex:1;display:flex;flex-direction:column;align-items:center;justify-content:center;text-align:center;padding:32px 24px;gap:6px;color:var(--em-secondary);overflow-y:auto}
.em-empty h2{margin:8px 0 0;font-size:18px;font-weight:600;color:var(--em-text)}
.em-empty p{max-width:460px;margin:0 0 10px;line-height:1.6}
.em-empty .em-empty-icon{font-size:40px;color:var(--em-tertiary)}
.em-frame{width:100%;border:0;display:block;color-scheme:normal}
.em-paper{border-radius:var(--em-radius);background:#fff}
.em-visually-hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.em-new-mail{position:absolute;top:8px;left:50%;transform:translateX(-50%);z-index:3}
@media (hover:none){.em-row .em-actions{display:none!important}}
@media (prefers-reduced-motion:no-preference){.em-row{transition:background .12s}}
`;

/** The one style sheet of the mail pages; every page renders it once. */
export function MailStyleSheet() {
  const { token } = theme.useToken();
  return <style>{variables(token) + SHEET}</style>;
}
