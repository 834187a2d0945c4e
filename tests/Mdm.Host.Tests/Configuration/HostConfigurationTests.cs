using System.Collections;
using Mdm.Host.Configuration;
using Microsoft.Extensions.Configuration;

namespace Mdm.Host.Tests.Configuration;

public sealed class HostConfigurationTests
{
    private const string Sound = """
        {
          "Door": { "HostName": "mdm.example.org", "HostCertificateFile": "hostcert.pem", "HostKeyFile": "hostkey.pem" },
          "Archives": { "radiology": { "Type": "dicom", "Options": { "Host": "pacs", "Port": 104 } } },
          "Deidentifiers": { "basic": { "Type": "dicom-ps3.15", "Options": { "SecretFile": "secrets/pseudonyms" } } },
          "Catalog": { "Type": "lfc", "Options": { "Store": "sqlite:state/lfc.db" } },
          "Keys": { "Type": "hydra", "Options": { "Threshold": 2, "Keystores": [ "https://keys1:8443" ] } },
          "Metadata": { "Type": "amga", "Options": { "Store": "sqlite:state/amga.db" } },
          "Administrators": [ "/DC=org/DC=example/CN=Admin", "/biomed/Role=admin" ],
          "Publications": {
            "clinical": { "Archive": "radiology", "Root": "/grid/biomed/clinical", "Content": "original", "Delivery": "clear", "MaySeeIdentity": [ "/biomed/Role=physician" ], "Acl": [ "group:/biomed/Role=physician:r-x" ] },
            "research": { "Archive": "radiology", "Root": "/grid/biomed/research", "Content": "basic", "Select": { "Modality": [ "CT", "MR" ] }, "Schedule": "00:10:00", "Acl": [ "group:/biomed:r-x" ], "Attributes": [ "Modality" ] }
          }
        }
        """;

    [Fact]
    public void Reads_a_whole_configuration()
    {
        var (configuration, faults) = Bind(Sound);

        faults.Should().BeEmpty();
        configuration.Options.Publications["research"].Select["Modality"].Should().Equal("CT", "MR");
        configuration.Options.Publications["clinical"].IsOriginal.Should().BeTrue();
        configuration.Options.Administrators[1].Attribute!.Role.Should().Be("admin");
        configuration.Options.Door!.Port.Should().Be(8443);
        configuration.PathOf("state").Should().Be("/base/state");
    }

    [Fact]
    public void The_name_of_a_space_is_no_secret_and_may_be_left_out()
    {
        var (configuration, faults) = Bind(Sound.TrimEnd()[..^1] + """, "Srm": { "AnswerWithin": "00:00:30" } }""");

        faults.Should().BeEmpty();
        (configuration.Options.Srm.SpaceToken, configuration.Options.Srm.AnswerWithin).Should().Be(("POOL", TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void Later_sources_win_over_earlier_ones()
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, """{ "Door": { "Port": 1, "HostName": "file" }, "State": { "Directory": "file" } }""");
        try
        {
            var root = ConfigurationSources.Read(file, new Hashtable { ["Mdm__Door__Port"] = "2", ["MDM__State__Directory"] = "environment", ["PATH"] = "/bin" },
                [new("Door:Port", "3")]);

            root["Door:Port"].Should().Be("3");
            root["Door:HostName"].Should().Be("file");
            root["State:Directory"].Should().Be("environment");
            root["PATH"].Should().BeNull();
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Tells_a_file_that_is_no_JSON_in_one_line()
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, "{ \"Door\": ");
        try
        {
            var read = () => ConfigurationSources.Read(file, new Hashtable(), []);
            read.Should().Throw<ConfigurationFaultException>().Which.Faults.Should().ContainSingle().Which.Reason.Should().Contain(file).And.Contain("JSON");
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("\"Archive\": \"radiology\", \"Root\": \"/grid/biomed/research\"", "\"Archive\": \"radiologie\", \"Root\": \"/grid/biomed/research\"", "Publications:research:Archive", "Did you mean 'radiology'?")]
    [InlineData("\"Content\": \"basic\"", "\"Content\": \"basci\"", "Publications:research:Content", "Did you mean 'basic'?")]
    [InlineData("\"/grid/biomed/research\"", "\"/grid/biomed/clinical/research\"", "Publications:research:Root", "within each other")]
    [InlineData("sqlite:state/amga.db", "sqlite:state/../state/lfc.db", "Metadata:Options:Store", "one database file belongs to one instance")]
    [InlineData("\"MaySeeIdentity\": [ \"/biomed/Role=physician\" ], ", "", "Publications:clinical:MaySeeIdentity", "who may see identity")]
    [InlineData("\"Content\": \"original\", ", "", "Publications:clinical:Content", "is missing")]
    [InlineData("\"basic\": {", "\"original\": {", "Deidentifiers:original", "choose another name")]
    [InlineData("\"Schedule\": \"00:10:00\"", "\"Schedule\": \"00:00:01\"", "Publications:research:Schedule", "00:00:10")]
    [InlineData("\"Door\": { \"HostName\"", "\"Door\": { \"Prot\": 1, \"HostName\"", "Door:Prot", "Did you mean 'Port'?")]
    [InlineData("group:/biomed:r-x", "group:/biomed:rwz", "Publications:research:Acl:0", "rights")]
    [InlineData("\"Administrators\": [", "\"Diagnostics\": { \"Address\": \"0.0.0.0\" }, \"Administrators\": [", "Diagnostics:AllowFrom", "may ask")]
    [InlineData("\"Administrators\": [", "\"Services\": { \"a\": { \"Type\": \"amga\", \"Port\": 8822 }, \"b\": { \"Type\": \"amga\", \"Port\": 8822 } }, \"Administrators\": [", "Services", "used by a and b")]
    [InlineData("\"Administrators\": [", "\"Services\": { \"a\": { \"Type\": \"amga\", \"Port\": 8443 } }, \"Administrators\": [", "Services:a:Port", "door's")]
    [InlineData("\"Administrators\": [", "\"Diagnostics\": { \"Port\": 9090 }, \"Services\": { \"a\": { \"Type\": \"amga\", \"Port\": 9090 } }, \"Administrators\": [", "Services:a:Port", "Diagnostics")]
    [InlineData("\"Administrators\": [", "\"Services\": { \"a\": { \"Type\": \"amga\", \"Port\": 8822, \"Address\": \"here\" } }, \"Administrators\": [", "Services:a:Address", "address")]
    [InlineData("\"Administrators\": [", "\"Services\": { \"a\": { \"Type\": \"amga\", \"Port\": 8822, \"MaxConnections\": 0 } }, \"Administrators\": [", "Services:a:MaxConnections", "1 to 100000")]
    [InlineData("\"Administrators\": [", "\"Services\": { \"a\": { \"Type\": \"amga\", \"Port\": 70000 } }, \"Administrators\": [", "Services:a:Port", "TCP port")]
    public void Tells_what_one_section_says_wrongly_of_another(string right, string wrong, string path, string reason)
    {
        var changed = Sound.Replace(right, wrong, StringComparison.Ordinal);
        changed.Should().NotBe(Sound);

        var (_, faults) = Bind(changed);

        faults.Should().Contain(f => f.Path == path && f.Reason.Contains(reason, StringComparison.Ordinal), string.Join('\n', faults));
    }

    [Fact]
    public void Sealed_delivery_needs_keys()
    {
        var (_, faults) = Bind(Sound.Replace("\"Keys\": { \"Type\": \"hydra\", \"Options\": { \"Threshold\": 2, \"Keystores\": [ \"https://keys1:8443\" ] } },", "", StringComparison.Ordinal));

        faults.Should().ContainSingle().Which.Path.Should().Be("Publications:research:Delivery");
    }

    [Fact]
    public void A_host_that_listens_nowhere_does_not_start() => Bind("{}").Faults.Should().ContainSingle().Which.Reason.Should().Contain("listen");

    private static (HostConfiguration Configuration, IReadOnlyList<ConfigurationFault> Faults) Bind(string json)
    {
        var root = new ConfigurationBuilder().AddJsonStream(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(json))).Build();
        var binder = new StrictBinder();
        return (HostConfiguration.Bind(root, "/base", binder), binder.Faults);
    }
}
