using System.Text;
using Mdm.Dicom.DataSet;
using Mdm.Fuzz.Corpus;
using Mdm.Srm.Messages;
using Mdm.Srm.Soap;

namespace Mdm.Fuzz.Tests;

/// <summary>What is written, read and written again is the same, for messages and data sets with every kind of field.</summary>
public sealed class WriteReadWriteTests
{
    private const int Rounds = 20;
    private readonly Xorshift _random = new(42);

    [Fact]
    public void Of_every_request_of_SRM_gives_the_same_bytes()
    {
        for (var round = 0; round < Rounds; round++)
        {
            var requests = SrmCorpus.Requests(_random);
            requests.Should().HaveCount(SrmOperation.All.Count);
            foreach (var request in requests)
            {
                var written = SrmCorpus.Written(request);
                var read = SoapReader.ReadRequest(written, SoapLimits.Request);
                read.Refusal.Should().BeNull(Encoding.UTF8.GetString(written));
                Encoding.UTF8.GetString(SrmCorpus.Written(read.Message!)).Should().Be(Encoding.UTF8.GetString(written));
            }
        }
    }

    [Fact]
    public void Of_every_response_of_SRM_gives_the_same_bytes()
    {
        for (var round = 0; round < Rounds; round++)
        {
            var responses = SrmCorpus.Responses(_random);
            responses.Should().HaveCount(SrmOperation.All.Count);
            foreach (var response in responses)
            {
                var written = SrmCorpus.Written(response);
                var read = SoapReader.ReadResponse(written, SoapLimits.Response);
                Encoding.UTF8.GetString(SrmCorpus.Written(read)).Should().Be(Encoding.UTF8.GetString(written));
            }
        }
    }

    [Fact]
    public async Task Of_every_generated_file_in_every_transfer_syntax_gives_the_same_canonical_form()
    {
        foreach (var file in DicomCorpus.Files(_random))
        {
            if (await CanonicalAsync(file) is not { } canonical)
                continue;
            (await CanonicalAsync(canonical)).Should().Equal(canonical);
        }
    }

    [Fact]
    public void Of_every_generated_data_set_is_taken_in_its_encoding()
    {
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var seed in DicomCorpus.DataSets(_random))
            {
                var encoding = (DataEncoding)seed[0];
                var written = AttributeSet.Parse(seed.AsSpan(1), encoding).ToArray(encoding);
                AttributeSet.Parse(written, encoding).ToArray(encoding).Should().Equal(written);
            }
        }
    }

    private static async Task<byte[]?> CanonicalAsync(byte[] file)
    {
        try
        {
            await using var canonical = await CanonicalPart10.FromFileAsync(new MemoryStream(file), null, CancellationToken.None);
            var output = new MemoryStream();
            await canonical.CopyToAsync(output);
            return output.ToArray();
        }
        catch (Mdm.Abstractions.MdmException)
        {
            // Among the samples are malformed ones.
            return null;
        }
    }
}
