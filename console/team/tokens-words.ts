/** Every word of the page of API tokens. A missing one does not compile. */
import type { ChatLanguage } from '../chat/strings.ts';

export interface TokensWords {
  readonly intro: string;
  readonly make: string;
  readonly name: string;
  readonly nameHint: string;
  readonly nameNeeded: string;
  readonly scopes: string;
  readonly scopesNeeded: string;
  readonly chooseReading: string;
  readonly chooseAll: string;
  readonly chooseNone: string;
  readonly validFor: string;
  readonly days: (days: number) => string;
  readonly always: string;
  readonly limit: string;
  readonly limitHint: string;
  readonly submit: string;
  readonly issued: (name: string) => string;
  readonly once: string;
  readonly copy: string;
  readonly tokens: string;
  readonly none: string;
  readonly valid: string;
  readonly over: string;
  readonly lastUsed: string;
  readonly unused: string;
  readonly ends: string;
  readonly ended: string;
  readonly whenRevoked: string;
  readonly former: string;
  readonly more: (count: string) => string;
  readonly rotate: string;
  readonly rotateOf: (name: string) => string;
  readonly revoke: string;
  readonly revokeOf: (name: string) => string;
  readonly sure: string;
}

const isolated = (text: string): string => `\u2068${text}\u2069`;

const english: TokensWords = {
  intro: 'Tokens with which programs use the API. Give each program its own, with no more scopes than it needs.',
  make: 'New token',
  name: 'Name',
  nameHint: 'What uses it, such as “Monthly report”.',
  nameNeeded: 'The token needs a name.',
  scopes: 'What it may do',
  scopesNeeded: 'Choose at least one.',
  chooseReading: 'All read scopes',
  chooseAll: 'All',
  chooseNone: 'None',
  validFor: 'Valid for',
  days: (days) => `${days} days`,
  always: 'Until it is revoked',
  limit: 'Requests a minute',
  limitHint: 'Leave it empty for the usual limit.',
  submit: 'Create token',
  issued: (name) => `Token ${isolated(name)}`,
  once: 'It is shown only now. Keep it where only the program can read it.',
  copy: 'Copy the token',
  tokens: 'Tokens',
  none: 'There is only the first token (STATECHAT_API_TOKEN).',
  valid: 'Valid',
  over: 'Expired',
  lastUsed: 'Last used',
  unused: 'Never',
  ends: 'Ends',
  ended: 'Ended',
  whenRevoked: 'When it is revoked',
  former: 'Previous secret until',
  more: (count) => `More scopes: ${count}`,
  rotate: 'New secret',
  rotateOf: (name) => `New secret for ${isolated(name)}. The previous one is accepted for another hour`,
  revoke: 'Revoke',
  revokeOf: (name) => `Revoke ${isolated(name)}`,
  sure: 'Press again to revoke',
};

const arabic: TokensWords = {
  intro: 'رموز تستخدم بها البرامج الواجهة البرمجية. أعطِ كل برنامج رمزًا خاصًا به، بلا صلاحيات أكثر مما يحتاج.',
  make: 'رمز جديد',
  name: 'الاسم',
  nameHint: 'ما الذي يستخدمه، مثل «التقرير الشهري».',
  nameNeeded: 'يحتاج الرمز إلى اسم.',
  scopes: 'ما المسموح له',
  scopesNeeded: 'اختر صلاحية واحدة على الأقل.',
  chooseReading: 'كل القراءة',
  chooseAll: 'الكل',
  chooseNone: 'لا شيء',
  validFor: 'صالح لمدة',
  days: (days) => `${days} يومًا`,
  always: 'حتى يُلغى',
  limit: 'طلبات في الدقيقة',
  limitHint: 'اتركه فارغًا للحد المعتاد.',
  submit: 'إنشاء الرمز',
  issued: (name) => `الرمز ${isolated(name)}`,
  once: 'لا يظهر إلا الآن. احفظه حيث لا يقرؤه إلا البرنامج.',
  copy: 'نسخ الرمز',
  tokens: 'الرموز',
  none: 'لا يوجد رمز غير الأول (STATECHAT_API_TOKEN).',
  valid: 'صالح',
  over: 'منتهٍ',
  lastUsed: 'آخر استخدام',
  unused: 'لم يُستخدم بعد',
  ends: 'ينتهي',
  ended: 'انتهى',
  whenRevoked: 'عند إلغائه',
  former: 'السر السابق حتى',
  more: (count) => `صلاحيات أخرى: ${count}`,
  rotate: 'سر جديد',
  rotateOf: (name) => `سر جديد لـ${isolated(name)}، ويبقى السابق مقبولًا ساعة أخرى`,
  revoke: 'إلغاء',
  revokeOf: (name) => `إلغاء ${isolated(name)}`,
  sure: 'اضغط مرة أخرى للإلغاء',
};

export const tokensWords: Readonly<Record<ChatLanguage, TokensWords>> = { en: english, ar: arabic };
