using System.ComponentModel.DataAnnotations;
using Mdm.Abstractions;
using Mdm.Host.Configuration;
using Microsoft.Extensions.Configuration;

namespace Mdm.Host.Tests.Configuration;

public sealed class StrictBinderTests
{
    [Fact]
    public void Binds_every_kind_of_value()
    {
        var (options, faults) = Bind("""
            { "Name": "n", "Count": 7, "Flag": true, "Wait": "00:10:00", "Limit": "512 MiB", "Choice": "second", "Root": "/grid/x",
              "Inner": { "Port": 99 }, "Named": { "a": { "Port": 1 }, "b": { "Port": 2 } }, "List": [ "x", "y" ], "Site": "https://host:1" }
            """);

        faults.Should().BeEmpty();
        options.Name.Should().Be("n");
        options.Count.Should().Be(7);
        options.Flag.Should().BeTrue();
        options.Wait.Should().Be(TimeSpan.FromMinutes(10));
        options.Limit.Should().Be(new ByteSize(512 * 1024 * 1024));
        options.Choice.Should().Be(Choice.Second);
        options.Root.Should().Be(StoragePath.Parse("/grid/x"));
        options.Inner.Port.Should().Be(99);
        options.Named["b"].Port.Should().Be(2);
        options.List.Should().Equal("x", "y");
        options.Site!.Port.Should().Be(1);
    }

    [Fact]
    public void Tells_all_faults_at_once_with_their_paths()
    {
        Faults("""
            { "Count": "many", "Flag": "maybe", "Wait": "10", "Limit": "big", "Choice": "thrid", "Root": "relative", "Inner": { "Port": 70000 },
              "Named": { "a": { } }, "List": "x" }
            """).Select(f => f.Path).Should().BeEquivalentTo("Name", "Count", "Flag", "Wait", "Limit", "Choice", "Root", "Inner:Port", "Named:a:Port", "List");
    }

    [Theory]
    [InlineData("""{ "Name": "n", "Cuont": 1 }""", "Cuont", "Did you mean 'Count'?")]
    [InlineData("""{ "Name": "n", "Inner": { "Prot": 1 } }""", "Inner:Prot", "Did you mean 'Port'?")]
    [InlineData("""{ "Name": "n", "Zebra": 1 }""", "Zebra", "Known here: Choice, Count,")]
    [InlineData("""{ "Name": "n", "Choice": "frist" }""", "Choice", "Did you mean 'First'?")]
    public void Tells_the_known_alternatives(string json, string path, string reason)
    {
        Faults(json).Should().ContainSingle(f => f.Path == path).Which.Reason.Should().Contain(reason);
    }

    [Fact]
    public void Reads_no_number_as_a_choice() => Faults("""{ "Name": "n", "Choice": "1" }""").Should().ContainSingle().Which.Path.Should().Be("Choice");

    [Theory]
    [InlineData("""{ "Name": "n", "Pepper": "hunter2" }""", "PepperFile")]
    [InlineData("""{ "Name": "n", "Password": "hunter2" }""", "never values")]
    [InlineData("""{ "Name": "-----BEGIN RSA PRIVATE KEY----- hunter2" }""", "private key")]
    public void Refuses_secrets_as_values_and_never_repeats_them(string json, string reason)
    {
        var text = string.Join('\n', Faults(json));
        text.Should().Contain(reason).And.NotContain("hunter2");
    }

    [Fact]
    public void Refuses_a_class_that_would_take_a_secret_as_a_value()
    {
        var binder = new StrictBinder();
        binder.Bind<Careless>(Configuration("""{ "Password": "hunter2" }"""));
        binder.Faults.Should().ContainSingle().Which.ToString().Should().StartWith("Password: ").And.NotContain("hunter2");
    }

    [Fact]
    public void Asks_a_class_for_its_own_rules_once_its_values_are_sound()
    {
        Faults("""{ "Name": "n", "Inner": { "Port": 13 } }""").Should().ContainSingle().Which.Should().Be(new ConfigurationFault("Inner:Port", "is unlucky."));
    }

    [Fact]
    public void Refuses_a_section_where_a_value_belongs_and_a_value_where_a_section_belongs() =>
        Faults("""{ "Name": { "x": 1 }, "Inner": "y" }""").Select(f => f.Path).Should().Equal("Name", "Inner");

    [Theory]
    [InlineData("0", 0L)]
    [InlineData("4096 B", 4096L)]
    [InlineData("10 GB", 10_000_000_000L)]
    [InlineData("1.5KiB", 1536L)]
    [InlineData("2 gib", 2L << 30)]
    public void Reads_sizes(string text, long bytes) => ByteSize.Parse(text, null).Bytes.Should().Be(bytes);

    [Theory]
    [InlineData("-1")]
    [InlineData("1.3 B")]
    [InlineData("10 XB")]
    [InlineData("9999999 PB")]
    [InlineData("")]
    public void Refuses_what_is_no_size(string text) => ByteSize.TryParse(text, null, out _).Should().BeFalse();

    private static IReadOnlyList<ConfigurationFault> Faults(string json) => Bind(json).Faults;

    private static (Everything Options, IReadOnlyList<ConfigurationFault> Faults) Bind(string json)
    {
        var binder = new StrictBinder();
        return (binder.Bind<Everything>(Configuration(json)), binder.Faults);
    }

    private static IConfigurationRoot Configuration(string json) =>
        new ConfigurationBuilder().AddJsonStream(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(json))).Build();

    internal enum Choice
    {
        First,
        Second,
        Third,
    }

    internal sealed record Everything
    {
        public required string Name { get; init; }

        public int Count { get; init; }

        public bool Flag { get; init; }

        public TimeSpan Wait { get; init; }

        public ByteSize Limit { get; init; }

        public Choice Choice { get; init; }

        public StoragePath? Root { get; init; }

        public Inner Inner { get; init; } = new() { Port = 1 };

        public IReadOnlyDictionary<string, Inner> Named { get; init; } = new Dictionary<string, Inner>();

        public IReadOnlyList<string> List { get; init; } = [];

        public Uri? Site { get; init; }

        public string? PepperFile { get; init; }
    }

    internal sealed record Inner : IValidatableObject
    {
        [Range(1, 65535)]
        public required int Port { get; init; }

        public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
        {
            if (Port == 13)
                yield return new ValidationResult("is unlucky.", [nameof(Port)]);
        }
    }

    internal sealed record Careless
    {
        public string? Password { get; init; }
    }
}
