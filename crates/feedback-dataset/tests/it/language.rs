//! Guesses the languages of real texts and of texts that were written for this test.

use feedback_dataset::language::{Language, guess};
use feedback_dataset::read::{OnBadRow, ReadOptions, read};

use crate::shared;

/// Feedback of typical length in everyday language, by language code.
const WRITTEN: [(&str, &[&str]); 16] = [
    (
        "en",
        &[
            "The app crashes whenever I open the settings",
            "love it!! best update so far",
            "How do I export my invoices?",
            "Please add dark mode",
            "support never answered my mail",
            "too slow on my phone",
        ],
    ),
    (
        "de",
        &[
            "Die App stürzt beim Öffnen der Einstellungen ab",
            "Einfach super, weiter so!",
            "Wie kann ich meine Rechnungen exportieren?",
            "Bitte einen dunklen Modus einbauen",
            "Der Support hat nie geantwortet",
            "viel zu langsam auf meinem Handy",
        ],
    ),
    (
        "fr",
        &[
            "L'application plante quand j'ouvre les réglages",
            "Très bonne mise à jour, merci",
            "Comment exporter mes factures ?",
            "Ajoutez un mode sombre s'il vous plaît",
            "Le support n'a jamais répondu à mon mail",
            "beaucoup trop lent sur mon téléphone",
        ],
    ),
    (
        "es",
        &[
            "La aplicación se cierra cuando abro los ajustes",
            "Muy buena actualización, gracias",
            "¿Cómo puedo exportar mis facturas?",
            "Por favor añadan un modo oscuro",
            "El soporte nunca respondió a mi correo",
            "demasiado lento en mi teléfono",
        ],
    ),
    (
        "pt",
        &[
            "O aplicativo fecha quando abro as configurações",
            "Muito boa atualização, obrigado",
            "Como posso exportar minhas faturas?",
            "Por favor coloquem um modo escuro",
            "O suporte nunca respondeu ao meu email",
            "muito lento no meu celular",
        ],
    ),
    (
        "it",
        &[
            "L'app si chiude quando apro le impostazioni",
            "Ottimo aggiornamento, grazie mille",
            "Come posso esportare le mie fatture?",
            "Per favore aggiungete una modalità scura",
            "L'assistenza non ha mai risposto alla mia mail",
            "troppo lento sul mio telefono",
        ],
    ),
    (
        "nl",
        &[
            "De app crasht als ik de instellingen open",
            "Heel goede update, bedankt",
            "Hoe kan ik mijn facturen exporteren?",
            "Voeg alsjeblieft een donkere modus toe",
            "De helpdesk heeft nooit geantwoord op mijn mail",
            "veel te langzaam op mijn telefoon",
        ],
    ),
    (
        "sv",
        &[
            "Appen kraschar när jag öppnar inställningarna",
            "Mycket bra uppdatering, tack",
            "Hur kan jag exportera mina fakturor?",
            "Lägg till ett mörkt läge är ni snälla",
            "Supporten svarade aldrig på mitt mejl",
            "alldeles för långsam på min telefon",
        ],
    ),
    (
        "pl",
        &[
            "Aplikacja zawiesza się po otwarciu ustawień",
            "Bardzo dobra aktualizacja, dziękuję",
            "Jak mogę wyeksportować moje faktury?",
            "Proszę dodać tryb ciemny",
            "Pomoc techniczna nigdy nie odpowiedziała na mój mail",
            "za wolno działa na moim telefonie",
        ],
    ),
    (
        "tr",
        &[
            "Ayarları açtığımda uygulama çöküyor",
            "Çok güzel bir güncelleme, teşekkürler",
            "Faturalarımı nasıl dışa aktarabilirim?",
            "Lütfen karanlık mod ekleyin",
            "Destek ekibi postama hiç cevap vermedi",
            "telefonumda çok yavaş çalışıyor",
        ],
    ),
    (
        "fi",
        &[
            "Sovellus kaatuu kun avaan asetukset",
            "Todella hyvä päivitys, kiitos",
            "Miten voin viedä laskuni?",
            "Lisätkää tumma tila, kiitos",
            "Tuki ei koskaan vastannut viestiini",
            "aivan liian hidas puhelimessani",
        ],
    ),
    (
        "ru",
        &[
            "Приложение вылетает, когда я открываю настройки",
            "Отличное обновление, спасибо",
            "Как мне экспортировать счета?",
            "Пожалуйста, добавьте тёмную тему",
            "Поддержка так и не ответила на моё письмо",
            "слишком медленно на моём телефоне",
        ],
    ),
    (
        "ja",
        &[
            "設定を開くとアプリが落ちます",
            "とても良いアップデートです",
            "請求書をどうやって出力しますか",
            "ダークモードを追加してください",
        ],
    ),
    (
        "zh",
        &[
            "打开设置时应用程序崩溃",
            "更新得非常好，谢谢",
            "怎么导出我的发票？",
            "请添加深色模式",
        ],
    ),
    (
        "ko",
        &[
            "설정을 열면 앱이 종료됩니다",
            "업데이트 정말 좋아요",
            "청구서를 어떻게 내보내나요?",
        ],
    ),
    (
        "ar",
        &[
            "التطبيق يتعطل عندما أفتح الإعدادات",
            "تحديث رائع جدا شكرا لكم",
            "كيف يمكنني تصدير الفواتير؟",
        ],
    ),
];

#[test]
fn written_texts_of_sixteen_languages() {
    let mut wrong = Vec::new();
    let (mut right, mut unknown, mut all) = (0, 0, 0);
    for (language, texts) in WRITTEN {
        for text in texts {
            all += 1;
            let found = guess(text);
            if found.code() == language {
                right += 1;
            } else if found == Language::UNKNOWN {
                unknown += 1;
            } else {
                wrong.push(format!("{language} taken for {found}: {text}"));
            }
        }
    }
    println!("{right} of {all} right, {unknown} unknown, wrong: {wrong:#?}");
    assert!(right * 100 >= all * 88, "{right} of {all}, {unknown} unknown");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Questions to an assistant, half of them of eight words or fewer.
#[test]
fn short_english_questions() {
    let Some(path) = shared("data/clinc150/test.jsonl") else {
        return;
    };
    let dataset = read(path, &ReadOptions::default(), OnBadRow::Fail).unwrap();
    let mut counts = feedback_dataset::language::count(&dataset.texts());
    let all = dataset.len();
    let english = counts.remove("en").unwrap_or(0);
    let unknown = counts.remove("unknown").unwrap_or(0);
    let other: usize = counts.values().sum();
    println!("{english} of {all} English, {unknown} unknown, others {counts:?}");
    assert!(
        english * 100 >= all * 95,
        "{english} of {all}, {unknown} unknown, {counts:?}"
    );
    assert!(other * 100 <= all, "{counts:?}");
}

#[test]
fn texts_without_a_recognisable_language_are_unknown() {
    for text in ["", "   ", "12345", "!!!", "👍👍", "ok", "v1.2.3", "xzqv"] {
        assert_eq!(guess(text), Language::UNKNOWN, "{text:?}");
    }
    assert_eq!(Language::UNKNOWN.to_string(), "unknown");
}
