/**
 * What is wrong with a channel, in the language of its reader. A problem comes in English. The
 * Arabic sentences are here by its code, and one without a code is shown as it came.
 */
import type { ChatLanguage } from '../chat/strings.ts';
import type { ChannelStatus } from './channels-api.ts';

export const ARABIC_PROBLEMS: Readonly<Record<string, string>> = {
  'channel.unreachable': 'تعذّر الوصول إلى {provider} على {root}: تحقّق من الشبكة ومن {setting} ({reason}).',
  'channel.silent': 'لا يرد خلال {seconds} ثوانٍ: تحقّق من الشبكة.',
  'channel.check_failed': 'فشل التحقّق من {provider}: {reason}',

  'telegram.token': 'لا يقبل تيليجرام ⁨TELEGRAM_BOT_TOKEN⁩: خذ الرمز الحالي من ⁨@BotFather⁩ ثم أعد تشغيل البرنامج.',
  'telegram.webhook_set': 'لهذا البوت ويب هوك، لذلك لا يصل شيء بالاستطلاع. أعد تشغيل البرنامج ليحذفه، أو اضبط ⁨TELEGRAM_MODE=webhook⁩.',
  'telegram.no_webhook':
    'لا يرسل تيليجرام الرسائل إلى أي عنوان بدل {wanted}: أعد تشغيل البرنامج، وتأكّد من أن لا تشغيل آخر يستخدم هذا البوت.',
  'telegram.other_webhook':
    'يرسل تيليجرام الرسائل إلى عنوان آخر بدل {wanted}: أعد تشغيل البرنامج، وتأكّد من أن لا تشغيل آخر يستخدم هذا البوت.',
  'telegram.undelivered':
    'لا يستطيع تيليجرام التسليم إلى {url} ({reason}، وينتظر {waiting} من التحديثات): تأكّد من أن العنوان متاح من الخارج عبر ⁨https⁩.',

  'discord.token': 'لا يقبل ديسكورد ⁨DISCORD_BOT_TOKEN⁩: أنشئ رمزًا جديدًا في بوابة المطوّرين في قسم ⁨Bot⁩ ثم أعد تشغيل البرنامج.',
  'discord.shard': 'يرفض ديسكورد جزء الاتصال: تأكّد من أن لا برنامج آخر يستخدم هذا البوت بأجزاء أخرى.',
  'discord.more_shards': 'يطلب ديسكورد أجزاء اتصال أكثر مما أوصى به: أعد تشغيل البرنامج.',
  'discord.gateway_version': 'لم يعد ديسكورد يدعم هذا الإصدار من البوابة: حدّث البرنامج.',
  'discord.unknown_intent': 'لا يعرف ديسكورد إحدى صلاحيات الاتصال: حدّث البرنامج.',
  'discord.no_message_content':
    'لا يعطي ديسكورد هذا البوت نص كل الرسائل: فعّل ⁨Message Content Intent⁩ في بوابة المطوّرين في قسم ⁨Bot⁩، أو اضبط ⁨DISCORD_ANSWERS=mentions⁩.',

  'whatsapp-web.no_library': 'حزمة ⁨whatsapp-web.js⁩ غير مثبّتة: شغّل ⁨npm install whatsapp-web.js⁩ ({reason}).',
  'whatsapp-web.no_chromium':
    'لا يوجد متصفح كروميوم لواتساب ويب: شغّل ⁨apt-get install -y chromium⁩، أو اضبط ⁨WHATSAPP_WEB_CHROMIUM⁩ على مسار كروم.',
  'whatsapp-web.no_program': 'لا يوجد برنامج في {path}: اضبط ⁨WHATSAPP_WEB_CHROMIUM⁩ على مسار كروميوم أو كروم.',
  'whatsapp-web.not_opened': 'لا يمكن فتح صفحة واتساب: {reason}.',
  'whatsapp-web.not_paired': 'لا يوجد هاتف مرتبط: شغّل البرنامج، ثم افتح واتساب على الهاتف واختر «الأجهزة المرتبطة»، وامسح الرمز أو أدخله.',
  'whatsapp-web.not_connected': 'واتساب غير متصل.',
  'whatsapp-web.logged_out': 'سجّل واتساب خروج هذا الجهاز ({reason}). اربطه بالهاتف من جديد.',
  'whatsapp-web.blocked': 'يرفض واتساب هذا الرقم أو هذا الإصدار من صفحته ({reason}). افتح واتساب على الهاتف واتبع ما يظهر.',
  'whatsapp-web.lost': 'فُقدت صفحة واتساب ويعاد تشغيلها: {reason}.',

  'whatsapp.token': 'واتساب: أنشئ رمزًا جديدًا لمستخدم نظام في إعدادات ميتا للأعمال واضبط ⁨WHATSAPP_CLOUD_TOKEN⁩ ({detail}).',
  'whatsapp.permission': 'واتساب: امنح الرمز الصلاحيتين ⁨whatsapp_business_messaging⁩ و⁨whatsapp_business_management⁩ ({detail}).',
  'whatsapp.number_deleted': 'واتساب: حُذف رقم الهاتف: اضبط ⁨WHATSAPP_CLOUD_PHONE_NUMBER_ID⁩ على رقم آخر ({detail}).',
  'whatsapp.wrong_number': 'واتساب: تحقّق من ⁨WHATSAPP_CLOUD_PHONE_NUMBER_ID⁩، ومن أن للرمز صلاحية استخدام الرقم ({detail}).',
  'whatsapp.account_blocked': 'واتساب: حظرت ميتا الحساب لمخالفة سياساتها: راجع ⁨Business Support Home⁩ ({detail}).',
  'whatsapp.account_locked': 'واتساب: الحساب مقفل: راجع ⁨WhatsApp Manager⁩ ({detail}).',
  'whatsapp.display_name': 'واتساب: لم يُعتمد الاسم المعروض للرقم: راجع ⁨WhatsApp Manager⁩ ({detail}).',
  'whatsapp.payment': 'واتساب: فشلت عملية دفع: راجع فواتير الحساب في إعدادات ميتا للأعمال ({detail}).',
  'whatsapp.register_again': 'واتساب: سجّل رقم الهاتف من جديد في ⁨WhatsApp Manager⁩ ({detail}).',
  'whatsapp.verify_again': 'واتساب: أكّد رقم الهاتف من جديد في ⁨WhatsApp Manager⁩ ({detail}).',
  'whatsapp.register': 'واتساب: سجّل رقم الهاتف في ⁨WhatsApp Manager⁩ ({detail}).',
  'whatsapp.payment_terms': 'واتساب: اقبل شروط مدفوعات واتساب ({detail}).',
  'whatsapp.no_webhook':
    'لا يرسل واتساب إلى أي ويب هوك: في لوحة التطبيق، في ⁨WhatsApp > Configuration⁩، أدخل {url} و⁨WHATSAPP_CLOUD_VERIFY_TOKEN⁩، واشترك في ⁨messages⁩ و⁨smb_message_echoes⁩ و⁨calls⁩.',
  'whatsapp.other_webhook': 'يرسل واتساب إلى {url} بدل {wanted}: غيّر الويب هوك في لوحة التطبيق، أو غيّر ⁨STATECHAT_PUBLIC_URL⁩.',
  'whatsapp.number_status': 'حالة الرقم {number} هي {status}: راجع ⁨WhatsApp Manager⁩.',
  'whatsapp.coexistence':
    'الرقم مستخدم في تطبيق واتساب للأعمال أيضًا، وهناك يقبل واتساب {most} رسالة في الثانية: اضبط ⁨WHATSAPP_CLOUD_MESSAGES_PER_SECOND={most}⁩.',
  'whatsapp.not_subscribed':
    'لا تطبيق مشترك في حساب الأعمال {account}، لذلك لا يرسل واتساب شيئًا: اشترك بتطبيقك عبر ⁨POST {account}/subscribed_apps⁩.',
};

export function problemIn(
  language: ChatLanguage,
  { problem, problemKind }: Pick<ChannelStatus, 'problem' | 'problemKind'>,
): { readonly text: string; readonly language: ChatLanguage } | undefined {
  if (problem === null) return undefined;
  const arabic = language === 'ar' && problemKind !== null ? ARABIC_PROBLEMS[problemKind.code] : undefined;
  if (arabic === undefined || problemKind === null) return { text: problem, language: 'en' };
  const { params } = problemKind;
  const text = arabic.replaceAll(/\{(\w+)\}/g, (place, name: string) =>
    params[name] === undefined ? place : `\u2068${params[name]}\u2069`,
  );
  return { text, language };
}
