//! Whole files in each language, and what is found in them.

use proptest::prelude::*;

use crate::code::tests::{models, scan, summary};

#[test]
fn go() {
    insta::assert_snapshot!(summary(&scan(&[("app.go", include_str!("fixtures/app.go"))])));
}

#[test]
fn java() {
    insta::assert_snapshot!(summary(&scan(&[("src/App.java", include_str!("fixtures/App.java"))])));
}

#[test]
fn csharp() {
    insta::assert_snapshot!(summary(&scan(&[("App.cs", include_str!("fixtures/App.cs"))])));
}

#[test]
fn rust() {
    insta::assert_snapshot!(summary(&scan(&[("src/app.rs", include_str!("fixtures/app.rs"))])));
}

#[test]
fn tests_only_mention() {
    for (path, text) in [
        ("app_test.go", include_str!("fixtures/app.go")),
        ("src/test/java/App.java", include_str!("fixtures/App.java")),
        ("Shop.Tests/AppTests.cs", include_str!("fixtures/App.cs")),
        ("tests/app.rs", include_str!("fixtures/app.rs")),
    ] {
        let found = models(&[(path, text)]);
        assert!(!found.is_empty(), "{path}");
        assert!(found.iter().all(|model| model.ends_with(" mentioned")), "{path}: {found:?}");
    }
}

#[test]
fn what_is_no_ai_is_nothing() {
    for (path, text) in [
        (
            "shop.go",
            "package shop\n\nimport \"example.com/client\"\n\n// gpt-4o\ntype Car struct{ Model string }\n\nfunc f() {\n\tc := client.NewClient()\n\tc.New(Car{Model: \"Civic\"})\n\tmodel := \"T-800\"\n\tprompt := \"Enter your password, please:\"\n\tuse(model, prompt)\n}\n",
        ),
        (
            "Shop.java",
            "import java.util.*;\n/** gpt-4o */\nclass Shop {\n  private String model = \"Civic\";\n  @Tool(\"hammer\") void hit() { Car.builder().model(\"i30\").build(); new Agent(\"007\"); }\n}\n",
        ),
        (
            "Shop.cs",
            "using System;\n// gpt-4o\nclass Shop {\n  string Model { get; set; } = \"Civic\";\n  void F() { var c = new Client(\"x\"); c.Create(new Car { Model = \"i30\" }); new ChatHistory(\"Once upon a time there was\"); }\n}\n",
        ),
        (
            "shop.rs",
            "use std::fs;\n//! gpt-4o\n#[tool]\nfn f() { let c = Client::new(); c.agent(\"007\").tool(Hammer).build(); Car { model: \"i30\" }; }\n",
        ),
    ] {
        let inventory = scan(&[(path, text)]);
        let found = summary(&inventory);
        assert_eq!(inventory.assets.len(), 1, "{found}");
    }
}

#[test]
fn names_are_followed_in_each_language() {
    for (path, text, expected) in [
        (
            "a.go",
            "package a\nimport \"github.com/sashabaranov/go-openai\"\nfunc f() {\n m := os.Getenv(\"M\")\n if m == \"\" { m = \"gpt-4o\" }\n c.CreateChatCompletion(ctx, openai.ChatCompletionRequest{Model: m})\n c.CreateEmbeddings(ctx, openai.EmbeddingRequest{Model: openai.AdaEmbeddingV2})\n}\n",
            &["gpt-4o used", "text-embedding-ada-002 used"][..],
        ),
        (
            "A.java",
            "import com.azure.ai.openai.*;\nclass A { void f() { var c = new OpenAIClientBuilder().endpoint(\"https://x.openai.azure.com\").buildClient(); c.getChatCompletions(\"orders-chat\", o); } }\n",
            &["orders-chat used"],
        ),
        (
            "A.java",
            "import org.springframework.ai.openai.OpenAiChatOptions;\nclass A { void f() { client.prompt().options(OpenAiChatOptions.builder().model(\"gpt-4o\").build()).call().content(); } }\n",
            &["gpt-4o used"],
        ),
        (
            "A.cs",
            "using Anthropic.SDK;\nusing Anthropic.SDK.Constants;\nvar p = new MessageParameters { Model = AnthropicModels.Claude35Sonnet };\n",
            &["claude-3-5-sonnet-latest used"],
        ),
        (
            "a.rs",
            "use aws_sdk_bedrockruntime::Client;\nstruct A { model_id: String }\nimpl A { async fn f(&self) { self.client.converse().model_id(\"anthropic.claude-3-haiku-20240307-v1:0\").send().await; } }\n",
            &["anthropic.claude-3-haiku-20240307-v1:0 used"],
        ),
        (
            "a.rs",
            "use mistralrs::TextModelBuilder;\nfn f() { TextModelBuilder::new(\"microsoft/Phi-3.5-mini-instruct\".to_string()).with_logging().build() }\n",
            &["microsoft/Phi-3.5-mini-instruct used"],
        ),
        (
            "application.properties",
            "spring.ai.openai.chat.options.model=gpt-4o\nspring.ai.openai.embedding.options.model = text-embedding-3-small\n",
            &["gpt-4o configured", "text-embedding-3-small configured"],
        ),
    ] {
        assert_eq!(models(&[(path, text)]), expected, "{path}: {text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn any_text_is_read(choice in 0_usize..4, cut in 0_usize..4000, noise in ".{0,40}") {
        let (path, text) = [
            ("a.go", include_str!("fixtures/app.go")),
            ("A.java", include_str!("fixtures/App.java")),
            ("A.cs", include_str!("fixtures/App.cs")),
            ("a.rs", include_str!("fixtures/app.rs")),
        ][choice];
        let head: String = text.chars().take(cut).collect();
        let tail: String = text.chars().skip(cut + noise.len()).collect();
        scan(&[(path, &format!("{head}{noise}{tail}"))]);
    }
}
