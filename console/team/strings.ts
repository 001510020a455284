/** Every word of the team's pages. A missing one does not compile. */
import type { ChatLanguage } from '../chat/strings.ts';
import type { Role } from './team-api.ts';

export interface TeamStrings {
  readonly views: {
    readonly floor: string;
    readonly team: string;
    readonly channels: string;
    readonly tokens: string;
    readonly webhooks: string;
    readonly account: string;
  };
  readonly viewsLabel: string;
  readonly back: string;
  readonly retry: string;
  readonly failed: string;
  readonly roles: Readonly<Record<Role, string>>;
  readonly floor: {
    readonly intro: string;
    readonly agent: string;
    readonly status: string;
    readonly presence: Readonly<Record<'online' | 'away' | 'offline', string>>;
    readonly load: string;
    readonly loadOf: (holds: number, capacity: number) => string;
    readonly conversations: string;
    readonly unanswered: string;
    readonly oldest: string;
    readonly nobody: string;
    readonly assistant: string;
    readonly sessionsOf: (name: string) => string;
    readonly open: string;
    readonly takeOver: string;
    readonly giveTo: (customer: string) => string;
    readonly give: string;
    readonly more: (count: number) => string;
    readonly empty: string;
    readonly show: string;
  };
  readonly team: {
    readonly intro: string;
    readonly name: string;
    readonly login: string;
    readonly role: string;
    readonly roleOf: (name: string) => string;
    readonly skills: string;
    readonly skillsOf: (name: string) => string;
    readonly skillsHint: string;
    readonly capacity: string;
    readonly capacityOf: (name: string) => string;
    readonly usual: string;
    readonly badSkill: string;
    readonly since: string;
    readonly status: string;
    readonly active: string;
    readonly disabled: string;
    readonly notJoined: string;
    readonly disable: (name: string) => string;
    readonly enable: (name: string) => string;
    readonly disableShort: string;
    readonly enableShort: string;
    readonly resetShort: string;
    readonly actions: string;
    readonly invite: string;
    readonly inviteMore: string;
    readonly inviteAs: string;
    readonly inviteSubmit: string;
    readonly link: string;
    readonly copyLink: string;
    readonly linkOnce: (until: string) => string;
    readonly invitations: string;
    readonly noInvitations: string;
    readonly forAccount: (name: string) => string;
    readonly until: (time: string) => string;
    readonly withdraw: string;
    readonly changed: string;
    readonly lastAdmin: string;
  };
  readonly account: {
    readonly signedInAs: (login: string, role: string) => string;
    readonly devices: string;
    readonly thisDevice: string;
    readonly lastUse: (when: string, network: string) => string;
    readonly end: string;
    readonly endOf: (device: string) => string;
    readonly endOthers: string;
    readonly password: string;
    readonly current: string;
    readonly next: string;
    readonly hint: string;
    readonly repeat: string;
    readonly differs: string;
    readonly submit: string;
    readonly done: string;
    readonly wrong: string;
    readonly required: string;
    readonly tooShort: string;
  };
}

const isolated = (text: string): string => `\u2068${text}\u2069`;

const english: TeamStrings = {
  views: {
    floor: 'Who holds what',
    team: 'Team',
    channels: 'Channels',
    tokens: 'API tokens',
    webhooks: 'Webhooks',
    account: 'Your account',
  },
  viewsLabel: 'Pages of the team',
  back: 'Back to the conversations',
  retry: 'Try again',
  failed: 'It could not be loaded. Check your connection and try again.',
  roles: { agent: 'Agent', supervisor: 'Supervisor', admin: 'Admin' },
  floor: {
    intro: 'Open conversations by who answers them. It is live.',
    agent: 'Who',
    status: 'Status',
    presence: { online: 'Available', away: 'Away', offline: 'Offline' },
    load: 'Load',
    loadOf: (holds, capacity) => `${holds} of ${capacity}`,
    conversations: 'Conversations',
    unanswered: 'Customers without an answer',
    oldest: 'Longest without an answer',
    nobody: 'Waiting for an agent',
    assistant: 'Assistant',
    sessionsOf: (name) => `Conversations of ${isolated(name)}`,
    open: 'Open',
    takeOver: 'Take over',
    giveTo: (customer) => `Give ${isolated(customer)} to a colleague`,
    give: 'Give to…',
    more: (count) => `The ${count} that were active last are shown.`,
    empty: 'No conversation is open.',
    show: 'Show',
  },
  team: {
    intro: 'The people who answer customers here, and what each may do.',
    name: 'Name',
    login: 'Login',
    role: 'Role',
    roleOf: (name) => `Role of ${isolated(name)}`,
    skills: 'Skills',
    skillsOf: (name) => `Skills of ${isolated(name)}, with commas between them`,
    skillsHint: 'billing, Arabic',
    capacity: 'Capacity',
    capacityOf: (name) => `Conversations that rules give ${isolated(name)} at most`,
    usual: 'Usual',
    badSkill: 'A skill has 1 to 50 letters and digits, such as billing.',
    since: 'Since',
    status: 'Status',
    active: 'Active',
    disabled: 'Disabled',
    notJoined: 'Has no password yet',
    disable: (name) => `Disable ${isolated(name)}`,
    enable: (name) => `Enable ${isolated(name)}`,
    disableShort: 'Disable',
    enableShort: 'Enable',
    resetShort: 'New password',
    actions: 'Actions',
    invite: 'Invite somebody',
    inviteMore: 'The link works once, for three days. Send it to the person yourself.',
    inviteAs: 'They join as',
    inviteSubmit: 'Make a link',
    link: 'Link',
    copyLink: 'Copy the link',
    linkOnce: (until) => `It is shown only now. It can be used once, until ${until}.`,
    invitations: 'Open invitations',
    noInvitations: 'No invitation is open.',
    forAccount: (name) => `New password for ${isolated(name)}`,
    until: (time) => `until ${time}`,
    withdraw: 'Withdraw',
    changed: 'Somebody else changed this account meanwhile. Here is how it is now.',
    lastAdmin: 'There has to be an admin. Make somebody else an admin first.',
  },
  account: {
    signedInAs: (login, role) => `You are signed in as ${isolated(login)}, ${role}.`,
    devices: 'Where you are signed in',
    thisDevice: 'This device',
    lastUse: (when, network) => `Last used ${when}, from ${isolated(network)}`,
    end: 'Sign out',
    endOf: (device) => `Sign out ${isolated(device)}`,
    endOthers: 'Sign out everywhere else',
    password: 'Change your password',
    current: 'Current password',
    next: 'New password',
    hint: 'At least 15 characters. A few words are easier to remember than symbols.',
    repeat: 'New password again',
    differs: 'The two are not the same.',
    submit: 'Change the password',
    done: 'The password is changed. Your other devices are signed out.',
    wrong: 'The current password is wrong.',
    required: 'Required.',
    tooShort: 'At least 15 characters are needed.',
  },
};

const arabic: TeamStrings = {
  views: {
    floor: 'من يتولّى ماذا',
    team: 'الفريق',
    channels: 'القنوات',
    tokens: 'رموز الواجهة البرمجية',
    webhooks: 'الويب هوك',
    account: 'حسابك',
  },
  viewsLabel: 'صفحات الفريق',
  back: 'العودة إلى المحادثات',
  retry: 'إعادة المحاولة',
  failed: 'تعذّر التحميل. تحقّق من اتصالك وحاول مرة أخرى.',
  roles: { agent: 'موظف', supervisor: 'مشرف', admin: 'مدير' },
  floor: {
    intro: 'المحادثات المفتوحة بحسب من يجيب عنها، وتتحدّث مباشرة.',
    agent: 'من',
    status: 'الحالة',
    presence: { online: 'متاح', away: 'غائب', offline: 'غير متصل' },
    load: 'الحِمل',
    loadOf: (holds, capacity) => `${holds} من ${capacity}`,
    conversations: 'المحادثات',
    unanswered: 'عملاء بلا رد',
    oldest: 'أطول انتظار للرد',
    nobody: 'في انتظار موظف',
    assistant: 'المساعد',
    sessionsOf: (name) => `محادثات ${isolated(name)}`,
    open: 'فتح',
    takeOver: 'استلام',
    giveTo: (customer) => `إسناد ${isolated(customer)} إلى زميل`,
    give: 'إسناد إلى…',
    more: (count) => `تظهر هنا آخر ${count} محادثة نشطة.`,
    empty: 'لا توجد محادثة مفتوحة.',
    show: 'عرض',
  },
  team: {
    intro: 'من يجيب العملاء هنا، وما المسموح لكل واحد.',
    name: 'الاسم',
    login: 'اسم الدخول',
    role: 'الدور',
    roleOf: (name) => `دور ${isolated(name)}`,
    skills: 'المهارات',
    skillsOf: (name) => `مهارات ${isolated(name)}، وبينها فواصل`,
    skillsHint: 'الفواتير، العربية',
    capacity: 'السعة',
    capacityOf: (name) => `أكثر ما تسنده القواعد إلى ${isolated(name)} من محادثات`,
    usual: 'المعتاد',
    badSkill: 'المهارة من حرف إلى 50 حرفًا ورقمًا، مثل billing.',
    since: 'منذ',
    status: 'الحالة',
    active: 'نشط',
    disabled: 'موقوف',
    notJoined: 'لم يعيّن كلمة مرور بعد',
    disable: (name) => `إيقاف ${isolated(name)}`,
    enable: (name) => `تفعيل ${isolated(name)}`,
    disableShort: 'إيقاف',
    enableShort: 'تفعيل',
    resetShort: 'كلمة مرور جديدة',
    actions: 'إجراءات',
    invite: 'دعوة شخص',
    inviteMore: 'يعمل الرابط مرة واحدة ولمدة ثلاثة أيام. أرسله إلى الشخص بنفسك.',
    inviteAs: 'ينضم بصفة',
    inviteSubmit: 'إنشاء رابط',
    link: 'الرابط',
    copyLink: 'نسخ الرابط',
    linkOnce: (until) => `لا يظهر إلا الآن. يُستخدم مرة واحدة حتى ${until}.`,
    invitations: 'الدعوات المفتوحة',
    noInvitations: 'لا توجد دعوة مفتوحة.',
    forAccount: (name) => `كلمة مرور جديدة لـ${isolated(name)}`,
    until: (time) => `حتى ${time}`,
    withdraw: 'سحب',
    changed: 'غيّر شخص آخر هذا الحساب في الأثناء. هذه حالته الآن.',
    lastAdmin: 'لا بد من وجود مدير. عيّن مديرًا آخر أولًا.',
  },
  account: {
    signedInAs: (login, role) => `أنت مسجّل الدخول باسم ${isolated(login)}، ${role}.`,
    devices: 'أين سجّلت الدخول',
    thisDevice: 'هذا الجهاز',
    lastUse: (when, network) => `آخر استخدام ${when}، من ${isolated(network)}`,
    end: 'تسجيل الخروج',
    endOf: (device) => `تسجيل الخروج من ${isolated(device)}`,
    endOthers: 'تسجيل الخروج من كل جهاز آخر',
    password: 'تغيير كلمة المرور',
    current: 'كلمة المرور الحالية',
    next: 'كلمة المرور الجديدة',
    hint: '15 حرفًا على الأقل. بضع كلمات أسهل تذكّرًا من الرموز.',
    repeat: 'كلمة المرور الجديدة مرة أخرى',
    differs: 'الكلمتان غير متطابقتين.',
    submit: 'تغيير كلمة المرور',
    done: 'تغيّرت كلمة المرور، وسُجّل خروج أجهزتك الأخرى.',
    wrong: 'كلمة المرور الحالية غير صحيحة.',
    required: 'هذا الحقل مطلوب.',
    tooShort: 'يلزم 15 حرفًا على الأقل.',
  },
};

export const teamStrings: Readonly<Record<ChatLanguage, TeamStrings>> = { en: english, ar: arabic };
