/**
 * What sources of market data call sectors, industries and themselves, in Arabic. Sources write
 * English. A word that is not in this list stays as the source wrote it, and so do names of
 * companies and exchanges, codes of currencies, and headlines, which are quotations.
 */

/** The sectors of GICS, of Financial Modeling Prep and of Alpha Vantage, then industries. */
const ARABIC: Readonly<Record<string, string>> = {
  'basic materials': 'المواد الأساسية',
  'communication services': 'خدمات الاتصالات',
  'consumer cyclical': 'السلع الاستهلاكية الدورية',
  'consumer defensive': 'السلع الاستهلاكية الأساسية',
  'consumer discretionary': 'السلع الاستهلاكية الكمالية',
  'consumer staples': 'السلع الاستهلاكية الأساسية',
  energy: 'الطاقة',
  'energy & transportation': 'الطاقة والنقل',
  finance: 'الخدمات المالية',
  'financial services': 'الخدمات المالية',
  financials: 'الخدمات المالية',
  'health care': 'الرعاية الصحية',
  healthcare: 'الرعاية الصحية',
  industrials: 'الصناعات',
  'information technology': 'تكنولوجيا المعلومات',
  'life sciences': 'علوم الحياة',
  manufacturing: 'الصناعات التحويلية',
  materials: 'المواد الأساسية',
  'real estate': 'العقارات',
  'real estate & construction': 'العقارات والإنشاءات',
  technology: 'التكنولوجيا',
  'trade & services': 'التجارة والخدمات',
  utilities: 'المرافق العامة',

  'aerospace & defense': 'الطيران والدفاع',
  'auto manufacturers': 'صناعة السيارات',
  'banks - diversified': 'البنوك المتنوعة',
  'banks - regional': 'البنوك الإقليمية',
  beverages: 'المشروبات',
  'beverages - non-alcoholic': 'المشروبات غير الكحولية',
  biotechnology: 'التكنولوجيا الحيوية',
  'consumer electronics': 'الإلكترونيات الاستهلاكية',
  'discount stores': 'متاجر التخفيضات',
  'drug manufacturers - general': 'صناعة الأدوية',
  'electronic computers': 'الحواسيب',
  'internet content': 'محتوى الإنترنت',
  'internet content & information': 'محتوى الإنترنت والمعلومات',
  'internet retail': 'التجارة الإلكترونية',
  'medical devices': 'الأجهزة الطبية',
  'oil & gas integrated': 'النفط والغاز',
  'semiconductors & related devices': 'أشباه الموصلات',
  semiconductors: 'أشباه الموصلات',
  'services-prepackaged software': 'البرمجيات',
  software: 'البرمجيات',
  'software - application': 'البرمجيات التطبيقية',
  'software - infrastructure': 'برمجيات البنية التحتية',
  telecom: 'الاتصالات',
  'telecommunications services': 'خدمات الاتصالات',

  'sample data (invented values)': 'بيانات تجريبية (قيم مختلقة)',
  'unknown sector': 'قطاع غير معروف',
};

export function arabicSourceWord(word: string): string {
  return (
    ARABIC[
      word
        .trim()
        .toLowerCase()
        .replaceAll(/\s*[—–]\s*/g, ' - ')
    ] ?? word
  );
}
